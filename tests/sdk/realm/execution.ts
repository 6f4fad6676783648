import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll } from 'vitest';
import type { ComputeCode } from '../../../sdk/code/code-analysis.js';
import { openView, type Params } from '../../../sdk/nodes/cache-view.js';
import type { OutputSchema } from '../../../sdk/nodes/output-schema.js';
import { CachedStream } from '../../../sdk/realm/cached-stream.js';
import type {
  EvaluationAnswer,
  EvaluationFault,
  EvaluationPlan,
  EvaluationRequest,
  PlannedStream,
} from '../../../sdk/realm/messages.js';
import { unpackBars } from '../../../sdk/realm/packed-bars.js';
import { viewOf } from '../../../sdk/realm/view-inputs.js';
import { codeOf, type Sources, withoutFolder, writeFiles } from '../code/code-fixture.js';

/** How a function is executed. */
export interface Execution {
  readonly bars?: number;
  readonly period?: number;
  readonly params?: Params;
  readonly output?: OutputSchema;
}

/** Sources by what they use, with what `execute` returns. */
export type Cases = Readonly<Record<string, readonly [Sources, number[] | string]>>;

/** More bars than are computed twice. */
export const barsExecuted = 20;

/** The closing prices of the source: 1, 2, 3, … */
export const closes = (bars = barsExecuted): number[] => Array.from({ length: bars }, (_, bar) => bar + 1);

/** The same value for every bar. */
export const always = (value: number): number[] => closes().map(() => value);

/**
 * Executes the function named `compute` of the first file in the thread of a run, over bars of one source, `view.price.close`.
 * Returns the outputs, or `place name: message` of what the code threw, or what is wrong with the returned values.
 */
export async function execute(sources: Sources, execution: Execution = {}): Promise<number[] | string> {
  const code = codeOf(sources);
  const [finding] = code.findings;
  if (finding !== undefined) throw new TypeError(`${finding.place}: ${finding.message}`);
  return executeText(code.text, execution, code);
}

/** The same for the text of a closed module. */
export async function executeText(
  text: string,
  execution: Execution = {},
  code?: ComputeCode,
): Promise<number[] | string> {
  const times = Float64Array.from({ length: execution.bars ?? barsExecuted }, (_, bar) => bar * 86_400);
  const opened = await ask({ kind: 'open', plan: planOf(text, times, execution) });
  const answer = opened.kind === 'failed' ? opened : await ask({ kind: 'evaluate', times });
  if (answer.kind === 'failed') return describe(answer.fault, code);
  const fields = Object.keys(execution.output ?? { value: 'float64' }).length;
  const streams = answer.kind === 'evaluated' ? unpackBars(answer.bars, [1, fields]) : [];
  return [...(streams[1]?.values ?? [])];
}

/** The same function as the process of the author executes it, without a realm. */
export async function executeLive(
  sources: Sources,
  { bars = barsExecuted, period = 1 } = {},
): Promise<unknown[]> {
  const [main = 'main.ts'] = typeof sources === 'string' ? ['main.ts'] : Object.keys(sources);
  const loaded: unknown = await import(/* @vite-ignore */ join(writeFiles(sources), main));
  const compute: unknown = Reflect.get(Object(loaded), 'compute');
  if (typeof compute !== 'function') throw new TypeError(`${main} does not export compute`);
  const price = new CachedStream({ close: 'float64' }, period);
  const opened = openView({}, { price: viewOf([price], false, period) });
  return closes(bars).map((value, bar) => {
    price.push(Float64Array.of(value), 0);
    opened.moveTo(bar * 86_400);
    return Reflect.apply(compute, undefined, [opened.view]);
  });
}

const moduleName = 'module';

function planOf(text: string, times: Float64Array, execution: Execution): EvaluationPlan {
  const { period = 1, params = {}, output = { value: 'float64' } } = execution;
  const price: PlannedStream = {
    name: 'price',
    output: { close: 'float64' },
    barsKept: period,
    arriving: { times, values: Float64Array.from(closes(times.length)) },
    recorded: undefined,
    isWritten: false,
    compute: undefined,
  };
  const inputs = [{ name: 'price', upstreams: [0], isList: false }];
  const compute = { module: moduleName, params, period, inputs, weightAt: -1 };
  const computed = { ...price, name: 'made', output, barsKept: 1, arriving: undefined, compute };
  return { modules: new Map([[moduleName, text]]), streams: [price, computed] };
}

function describe({ message, cause, places }: EvaluationFault, code: ComputeCode | undefined): string {
  if (cause === undefined) return message;
  const position = places.find(({ file }) => file === moduleName);
  const place = code === undefined ? '' : `${code.placeOf(position)} `;
  return withoutFolder(`${place}${cause.name}: ${cause.message}`);
}

/** One thread for all functions of a test file, also after an error: unlike a run, which ends its thread then. */
let worker: Worker | undefined;

async function ask(request: EvaluationRequest): Promise<EvaluationAnswer> {
  worker ??= new Worker(threadEntry(), { env: {} });
  worker.postMessage(request);
  const [answer]: [EvaluationAnswer] = Object(await once(worker, 'message'));
  return answer;
}

afterAll(async () => {
  await worker?.terminate();
});

/** As `sdk/runner/evaluation-thread.ts` starts it from sources. */
function threadEntry(): URL {
  const entry = JSON.stringify(new URL('../../../sdk/realm/realm-thread.ts', import.meta.url).href);
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const code = `import { tsImport } from ${JSON.stringify(pathToFileURL(api).href)}; await tsImport(${entry}, ${entry});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
