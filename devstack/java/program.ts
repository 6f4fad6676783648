import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../std/node/make-folder.js';
import { packageRoot } from '../../std/node/package-root.js';
import { fetchOnce } from '../process/cache-folder.js';
import { type Environment, formatElapsed, type Report, throttled } from '../process/progress.js';
import { javaTool, runTool } from './tools.js';

/** A server in Java: jars that Maven fetches, and a launcher from this package, compiled against them. */
export interface JavaProgram {
  /** Its name in messages, such as `the Java test server`. */
  readonly called: string;
  /** Size of its jars, for messages. */
  readonly size: string;
  /** The profile of pom.xml that lists its jars. */
  readonly profile: string;
  /** Version of the main jar in pom.xml; part of the name of the cache entry. */
  readonly version: string;
  /** The launcher, a source file in this folder. */
  readonly mainClass: string;
}

/**
 * Name of a program's folder in the cache. It contains a digest of the launcher, so that a changed launcher does not remove
 * the jars of running servers.
 */
export function nameEntry({ profile, version, mainClass }: JavaProgram): string {
  const launcher = readFileSync(javaFile(`${mainClass}.java`));
  return `${profile}-${version}-${createHash('sha256').update(launcher).digest('hex').slice(0, 8)}`;
}

/** The class path of a complete program in the cache. */
export async function cachedClassPath(cache: string, program: JavaProgram): Promise<string | undefined> {
  const folder = join(cache, nameEntry(program));
  return (await isComplete(folder)) ? classPathOf(folder) : undefined;
}

export interface FetchJavaOptions {
  readonly cache: string;
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches a program with Maven unless it is in the cache; resolves with its class path. */
export async function fetchJavaProgram(program: JavaProgram, options: FetchJavaOptions): Promise<string> {
  const { cache, report } = options;
  return fetchOnce({
    cache,
    name: nameEntry(program),
    present: () => cachedClassPath(cache, program),
    fetch: (draft) => fetchInto(draft, program, options),
    onWait: () =>
      report({ kind: 'step', text: `waiting for another process that fetches ${program.called}` }),
    signal: options.signal,
  });
}

async function fetchInto(draft: string, program: JavaProgram, options: FetchJavaOptions): Promise<void> {
  const report = throttled(options.report);
  const started = performance.now();
  await makeFolder(join(draft, 'classes'));
  let files = 0;
  await runTool('mvn', mavenArguments(program, join(draft, 'jars')), options, (line) => {
    if (!line.includes('Downloaded from')) return;
    files += 1;
    const elapsed = formatElapsed(performance.now() - started);
    report({ kind: 'progress', text: `fetching ${program.called}: ${files} files, ${elapsed}` });
  });
  const javac = (await javaTool('javac', options.env)) ?? 'javac';
  const classPath = join(draft, 'jars', '*');
  const source = javaFile(`${program.mainClass}.java`);
  await runTool(javac, ['-proc:none', '-cp', classPath, '-d', join(draft, 'classes'), source], options);
  await writeFile(join(draft, contentsName), JSON.stringify(await listContents(draft)));
}

function mavenArguments({ profile }: JavaProgram, jars: string): string[] {
  const goal = 'dependency:copy-dependencies';
  return ['-B', '-f', javaFile('pom.xml'), `-P${profile}`, goal, `-DoutputDirectory=${jars}`];
}

function classPathOf(folder: string): string {
  return `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`;
}

const contentsName = 'contents.json';
const contentsSchema = z.record(z.string(), z.number());

/** The files of an entry with their sizes, to check later that it is complete. */
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

/** Path of a launcher or of the Maven project; the build does not copy these, so the package contains them as sources. */
export function javaFile(name: string): string {
  return join(packageRoot, 'devstack', 'java', name);
}
