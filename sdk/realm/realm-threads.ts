import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { QmtlError } from '../../domain/base/errors.js';
import { KeptConstants } from './kept-constants.js';
import type { ComputedConstants, ConstantsAnswer, EvaluationRequest, ModuleConstants } from './messages.js';

/** A thread that waits for its next run; at most one is kept. It does not keep the process alive. */
let idle: Worker | undefined;

/** A thread that has no plan. */
export function takeThread(): Worker {
  const thread = idle ?? startThread();
  idle = undefined;
  return thread;
}

/** Gives a thread without a plan to the next run, or ends it when another one waits already. */
export async function keepThread(thread: Worker): Promise<void> {
  if (idle !== undefined) {
    await thread.terminate();
    return;
  }
  thread.unref();
  idle = thread;
}

/** Limit for computing the constants of a strategy, which were all computed once when it was loaded. */
export const constantsMs = 60_000;

/** How long this thread sleeps between two looks at the port. */
const lookMs = 1;

const kept = new KeptConstants();

/**
 * The constants of closed modules. The process waits for them: a strategy is compiled in one step. Undefined when they take
 * longer than `limitMs`. Throws E_INTERNAL for a fault of this library.
 */
export function constantsAtOnce(
  modules: readonly ModuleConstants[],
  limitMs = constantsMs,
): readonly ComputedConstants[] | undefined {
  const known = modules.map(({ text }) => kept.of(text));
  const missing = modules.filter((_, index) => known[index] === undefined);
  const computed = missing.length === 0 ? [] : computedByThread(missing, limitMs);
  if (computed === undefined) return undefined;
  for (const [index, one] of computed.entries()) kept.keep(missing[index]?.text ?? '', one);
  const found = computed[Symbol.iterator]();
  return known.flatMap((one) => one ?? found.next().value ?? []);
}

function computedByThread(
  modules: readonly ModuleConstants[],
  limitMs: number,
): readonly ComputedConstants[] | undefined {
  const { port1, port2 } = new MessageChannel();
  const thread = takeThread();
  thread.unref();
  thread.postMessage({ kind: 'constants', modules, port: port2 } satisfies EvaluationRequest, [port2]);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const start = performance.now(); performance.now() - start < limitMs; ) {
    const answer: { readonly message: ConstantsAnswer } | undefined = receiveMessageOnPort(port1);
    if (answer !== undefined) {
      port1.close();
      void keepThread(thread);
      if ('computed' in answer.message) return answer.message.computed;
      const reason = answer.message.fault;
      throw new QmtlError('E_INTERNAL', `the thread of compute functions cannot show constants: ${reason}`);
    }
    Atomics.wait(pause, 0, 0, lookMs);
  }
  port1.close();
  void thread.terminate();
  return undefined;
}

function startThread(): Worker {
  // Author's code has no use for the environment, and it may hold secrets. What options of the process load or freeze would
  // be in the realm before it is hardened.
  const worker = new Worker(threadEntry(), { env: {}, execArgv: [] });
  worker.setMaxListeners(0);
  // A run reports the end of its thread itself; that of a waiting one harms nothing.
  const forget = () => {
    if (idle === worker) idle = undefined;
  };
  return worker.on('error', forget).on('exit', forget);
}

/** From sources (tests, tsx) the thread needs the compiler that its process has. */
function threadEntry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./realm-thread.js', import.meta.url);
  const entry = JSON.stringify(new URL('./realm-thread.ts', import.meta.url).href);
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const compiler = JSON.stringify(pathToFileURL(api).href);
  const code = `import { tsImport } from ${compiler}; await tsImport(${entry}, ${entry});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
