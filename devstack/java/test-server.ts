import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cachedClassPath,
  type FetchJavaOptions,
  fetchJavaProgram,
  type JavaProgram,
  nameEntry,
} from './program.js';

const testServer = {
  called: 'the Java test server',
  size: '33 MB',
  profile: 'temporal-test-server',
  version: '1.32.1',
  mainClass: 'TemporalTestServer',
} as const satisfies JavaProgram;

export const testServerVersion = testServer.version;

/** The executable of a complete test server in the cache: `PATH PORT`, as `existing-path` of @temporalio/testing requires. */
export async function cachedTestServer(cache: string, java: string): Promise<string | undefined> {
  const classPath = await cachedClassPath(cache, testServer);
  return classPath === undefined ? undefined : writeLauncher(cache, classPath, java);
}

export interface FetchTestServerOptions extends FetchJavaOptions {
  readonly java: string;
}

/** Fetches the test server with Maven unless it is in the cache; resolves with its executable. */
export async function fetchTestServer(options: FetchTestServerOptions): Promise<string> {
  return writeLauncher(options.cache, await fetchJavaProgram(testServer, options), options.java);
}

/**
 * A shell script that execs the server: @temporalio/testing stops it with SIGKILL, which would leave a child process behind.
 * Rewritten when it differs, since the JDK may have moved after the fetch.
 */
async function writeLauncher(cache: string, classPath: string, java: string): Promise<string> {
  const path = join(cache, nameEntry(testServer), 'temporal-test-server');
  const flags = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  const script = `#!/bin/sh\nexec ${quote(java)} ${flags} -cp ${quote(classPath)} TemporalTestServer "$@"\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === script) return path;
  const draft = join(cache, `.draft-launcher-${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(draft, script);
  await chmod(draft, 0o755);
  await rename(draft, path);
  return path;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
