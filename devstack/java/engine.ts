import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { onAbort } from '../../std/node/on-abort.js';
import { cacheFolder } from '../process/cache-folder.js';
import { type Child, startChild } from '../process/child-process.js';
import type { LineLog } from '../process/line-log.js';
import { describeFailure, type Environment, formatElapsed, type Report } from '../process/progress.js';
import { fixes } from '../process/tool.js';
import { cachedClassPath, fetchJavaProgram, type JavaProgram } from './program.js';
import { checkJava, checkJavaFetch } from './tools.js';

/** Both engines start within seconds; a busy machine or a recovery may need much longer. */
const startMs = 120_000;
/** Limit for an engine to write its data at a stop. */
const saveSeconds = 20;
/** Printed by the launchers. */
const readyLine = 'qmtl-ready';

/** Little compilation and a single-threaded garbage collector: half the time to start and the least memory. */
const jvmFlags = ['-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError'];
const littleCompilation = '-XX:TieredStopAtLevel=1';

export interface JavaContext {
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface JavaEngine {
  readonly program: JavaProgram;
  /** Limit of the heap, MiB. */
  readonly heapMb: number;
  /** Compiles its hot code fully, which costs time at the start: for work that grows faster than the data. */
  readonly compilesFully?: boolean;
  /** What its data add to the usual limits for a start and a stop. */
  readonly patienceMs?: number;
  readonly jvmArguments: readonly string[];
  readonly args: readonly string[];
  readonly cwd: string;
  readonly log: LineLog;
}

/** A Java executable and the class path of a program. */
export interface JavaCommand {
  readonly java: string;
  readonly classPath: string;
}

/** Finds the JDK and fetches the program unless it is in the cache. Throws E_TOOL_MISSING, which names what is missing. */
export async function prepareJava(
  program: JavaProgram,
  { env, report, signal }: JavaContext,
): Promise<JavaCommand> {
  const java = await checkJava(env, signal);
  if (!java.usable) throw cannotBeHad(program, java.why);
  const cache = cacheFolder(env);
  const cached = await cachedClassPath(cache, program);
  if (cached !== undefined) return { java: java.path, classPath: cached };
  const tools = await checkJavaFetch(env);
  if (!tools.usable) throw cannotBeHad(program, tools.why);
  report({ kind: 'step', text: `fetching ${program.called} with Maven (once; ${program.size})` });
  try {
    return { java: java.path, classPath: await fetchJavaProgram(program, { cache, env, report, signal }) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw isQmtlError(cause) ? cause : cannotBeHad(program, describeFailure(cause), cause);
  }
}

function cannotBeHad({ called }: JavaProgram, why: string, cause?: unknown): QmtlError {
  return new QmtlError('E_TOOL_MISSING', `${called} cannot be started here: ${why}`, {
    hint: `${fixes.java}; or use deploy/compose.yaml with a container engine`,
    cause,
  });
}

export function javaArguments(engine: JavaEngine, classPath: string): string[] {
  return [
    ...jvmFlags,
    ...(engine.compilesFully === true ? [] : [littleCompilation]),
    `-Xmx${engine.heapMb}m`,
    ...engine.jvmArguments,
    ...['-cp', classPath, engine.program.mainClass],
    ...engine.args,
  ];
}

/** Starts an engine and resolves when it reports that it is ready. */
export async function startJavaEngine(
  engine: JavaEngine,
  { java, classPath }: JavaCommand,
  { env, signal }: JavaContext,
): Promise<Child> {
  const { patienceMs = 0 } = engine;
  let tellReady = (): void => undefined;
  const ready = new Promise<'ready'>((resolve) => {
    tellReady = () => resolve('ready');
  });
  const child = await startChild({
    command: java,
    args: javaArguments(engine, classPath),
    env,
    cwd: engine.cwd,
    graceSeconds: saveSeconds + Math.ceil(patienceMs / 1_000),
    onLine: (line) => {
      engine.log.add(line);
      if (line === readyLine) tellReady();
    },
  });
  const failure = await failureBefore(ready, child, signal, startMs + patienceMs);
  if (failure === undefined) return child;
  await child.stop();
  signal?.throwIfAborted();
  throw new Error(failure);
}

/** Undefined once it is ready, else the reason of the failure. */
async function failureBefore(
  ready: Promise<'ready'>,
  child: Child,
  signal: AbortSignal | undefined,
  readyMs: number,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(readyMs);
  const given = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  let ignoreAbort = (): void => undefined;
  const stopped = new Promise<string>((resolve) => {
    ignoreAbort = onAbort(given, () => resolve(`it was not ready after ${formatElapsed(readyMs)}`));
  });
  const ended = child.ended.then(({ code, output }) => `it ended with code ${code}: ${causeIn(output)}`);
  const first = await Promise.race([ready, ended, stopped]);
  ignoreAbort();
  return first === 'ready' ? undefined : first;
}

/** The most useful line of a Java program's last output: the innermost cause, else the last line. */
export function causeIn(output: readonly string[]): string {
  const causes = output.filter((line) => line.startsWith('Caused by: '));
  const said = causes.at(-1) ?? output.filter((line) => !/^\s+(at |\.\.\. )/.test(line)).at(-1);
  return said?.replace(/^Caused by: /, '') ?? 'it printed nothing';
}
