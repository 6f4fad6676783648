import { join } from 'node:path';
import { runCommand } from '../process/child-process.js';
import { type Environment, formatElapsed } from '../process/progress.js';
import { findOnPath, isExecutableFile, type ToolCheck } from '../process/tool.js';

const javaMajorMin = 17;
const silentMsMax = 60_000;

/** Checks for a Java that can run the servers. */
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

/** Checks for Maven and the compiler of the JDK, which only the first fetch needs. */
export async function checkJavaFetch(env: Environment): Promise<ToolCheck> {
  const [maven, javac] = [await findOnPath('mvn', env), await javaTool('javac', env)];
  if (javac === undefined)
    return { usable: false, why: 'there is no `javac` (a JDK, not only a JRE, is needed)' };
  if (maven === undefined) return { usable: false, why: 'there is no `mvn` on PATH' };
  return { usable: true, path: maven, version: 'Maven' };
}

/** A program of the JDK: that in JAVA_HOME, else the first on PATH. */
export async function javaTool(name: string, env: Environment): Promise<string | undefined> {
  const home = env.JAVA_HOME;
  const inHome = home === undefined || home === '' ? undefined : join(home, 'bin', name);
  if (inHome !== undefined && (await isExecutableFile(inHome))) return inHome;
  return findOnPath(name, env);
}

export interface RunToolOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

/** Runs Maven or the compiler to its end; when it fails, throws its error lines. */
export async function runTool(
  command: string,
  args: readonly string[],
  { env, signal }: RunToolOptions,
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
