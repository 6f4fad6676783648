import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fetchOnce } from './cache-folder.js';
import { runCommand } from './child-process.js';
import { devFile } from './package-root.js';
import { type Environment, formatElapsed, type Report, throttled } from './progress.js';
import { findOnPath, isExecutableFile } from './temporal-binary.js';
import type { ToolCheck } from './temporal-go-install.js';

/** Of the jar in pom.xml, and of our own launcher beside it: names the cache entry. */
export const testServerVersion = '1.32.1';
const entryName = `temporal-test-server-${testServerVersion}`;
const javaMajorMin = 17;
const silentMsMax = 60_000;

/** Whether there is a JDK that can run the test server and compile its launcher. */
export async function checkJava(env: Environment, signal?: AbortSignal): Promise<ToolCheck> {
  const path = await javaTool('java', env);
  if (path === undefined) return { usable: false, why: 'there is no `java` on PATH or in JAVA_HOME' };
  const end = await runCommand({ command: path, args: ['-version'], env, silentMsMax: 20_000, signal });
  const version = /version "(\d+)[^"]*"/.exec(end.output.join('\n'));
  if (end.code !== 0 || version === null) return { usable: false, why: `\`${path} -version\` does not work` };
  if (Number(version[1]) < javaMajorMin) {
    return { usable: false, why: `java ${version[1]} is too old, ${javaMajorMin} or newer is needed` };
  }
  return { usable: true, path, version: `java ${version[1]}` };
}

/** Whether Maven and the compiler of the JDK are there, which only the first fetch needs. */
export async function checkJavaFetch(env: Environment): Promise<ToolCheck> {
  const [maven, javac] = [await findOnPath('mvn', env), await javaTool('javac', env)];
  if (javac === undefined)
    return { usable: false, why: 'there is no `javac` (a JDK, not only a JRE, is needed)' };
  if (maven === undefined) return { usable: false, why: 'there is no `mvn` on PATH' };
  return { usable: true, path: maven, version: 'Maven' };
}

async function javaTool(name: string, env: Environment): Promise<string | undefined> {
  const home = env.JAVA_HOME;
  const inHome = home === undefined || home === '' ? undefined : join(home, 'bin', name);
  if (inHome !== undefined && (await isExecutableFile(inHome))) return inHome;
  return findOnPath(name, env);
}

/** The executable of a complete test server in the cache: `PATH PORT`, usable as `existing-path` of @temporalio/testing. */
export async function cachedTestServer(cache: string, java: string): Promise<string | undefined> {
  const folder = join(cache, entryName);
  if (!(await isComplete(folder))) return undefined;
  return writeLauncher(cache, folder, java);
}

export interface FetchTestServerOptions {
  readonly cache: string;
  readonly java: string;
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches the test server with Maven unless the cache has it; resolves with its executable. */
export async function fetchTestServer(options: FetchTestServerOptions): Promise<string> {
  const { cache, java, report } = options;
  return fetchOnce({
    cache,
    name: entryName,
    present: () => cachedTestServer(cache, java),
    fetch: (draft) => fetchInto(draft, options),
    onWait: () =>
      report({ kind: 'step', text: 'Waiting for another process that fetches the Java test server' }),
    signal: options.signal,
  });
}

async function fetchInto(draft: string, options: FetchTestServerOptions): Promise<void> {
  const { env } = options;
  const report = throttled(options.report);
  const started = performance.now();
  await mkdir(join(draft, 'classes'), { recursive: true });
  let files = 0;
  await run('mvn', mavenArguments(join(draft, 'jars')), options, (line) => {
    if (!line.includes('Downloaded from')) return;
    files += 1;
    const elapsed = formatElapsed(performance.now() - started);
    report({ kind: 'progress', text: `Fetching the Java test server: ${files} files, ${elapsed}` });
  });
  const javac = (await javaTool('javac', env)) ?? 'javac';
  const classPath = join(draft, 'jars', '*');
  await run(
    javac,
    ['-proc:none', '-cp', classPath, '-d', join(draft, 'classes'), devFile('TemporalTestServer.java')],
    options,
  );
  await writeFile(join(draft, contentsName), JSON.stringify(await listContents(draft)));
}

function mavenArguments(jars: string): string[] {
  const goal = 'dependency:copy-dependencies';
  return ['-B', '-f', devFile('pom.xml'), '-Ptemporal-test-server', goal, `-DoutputDirectory=${jars}`];
}

async function run(
  command: string,
  args: readonly string[],
  { env, signal }: FetchTestServerOptions,
  onLine?: (line: string) => void,
): Promise<void> {
  const end = await runCommand({
    command,
    args,
    env,
    silentMsMax,
    signal,
    ...(onLine === undefined ? {} : { onLine }),
  });
  if (end.silent) throw new Error(`${command} printed nothing for ${formatElapsed(silentMsMax)}`);
  if (end.code === 0) return;
  const errors = end.output.filter((line) => line.includes('ERROR') || line.includes('error:'));
  throw new Error(`${command} failed: ${(errors.length > 0 ? errors : end.output).slice(0, 2).join(' / ')}`);
}

const contentsName = 'contents.json';
const contentsSchema = z.record(z.string(), z.number());

/** The files of an entry with their sizes: what was there when it was complete. */
async function listContents(folder: string): Promise<Record<string, number>> {
  const contents: Record<string, number> = {};
  for (const part of ['jars', 'classes']) {
    for (const name of await readdir(join(folder, part))) {
      contents[`${part}/${name}`] = (await stat(join(folder, part, name))).size;
    }
  }
  return contents;
}

async function isComplete(folder: string): Promise<boolean> {
  try {
    const expected = contentsSchema.parse(JSON.parse(await readFile(join(folder, contentsName), 'utf8')));
    const actual = await listContents(folder);
    const files = Object.entries(expected);
    return files.length > 1 && files.every(([name, size]) => actual[name] === size);
  } catch {
    return false;
  }
}

/**
 * A shell script that becomes the server: @temporalio/testing stops it with SIGKILL, which would leave a child behind.
 * Written anew when it differs, since the JDK may have moved since it was fetched.
 */
async function writeLauncher(cache: string, folder: string, java: string): Promise<string> {
  const path = join(folder, 'temporal-test-server');
  const classPath = `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`;
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
