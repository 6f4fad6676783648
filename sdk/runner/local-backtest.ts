import { QmtlError } from '../../domain/base/errors.js';
import { checkedSubmission } from '../compile/checked-submission.js';
import { checkedStrategy } from '../compile/define-strategy.js';
import { type CompiledStrategy, isStrategy, type Strategy } from '../compile/strategy.js';
import { readOptions } from '../nodes/checked-argument.js';
import { memberOf } from '../nodes/foreign-value.js';
import { abortSignal, kindOf, text } from '../nodes/member-kinds.js';
import { runLocally } from './local-run.js';
import type { Performance } from './performance.js';
import type { BacktestProgress } from './run-bars.js';
import type { RunNode } from './run-node.js';

/**
 * Options of a backtest.
 *
 * @example
 * ```ts
 * import type { BacktestOptions } from 'qmtl/backtest';
 *
 * const options: BacktestOptions = { asOf: '2020-04-17', signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface BacktestOptions {
  /** The name of the data snapshot, as in a submission; it does not change what the sources read. */
  readonly asOf?: string;
  /** Called after some bars, and after the last. The backtest waits for it, and rejects with what it throws. */
  readonly onProgress?: (progress: BacktestProgress) => unknown;
  /** Stops the run with `E_INTERRUPTED`, also after its last bar. */
  readonly signal?: AbortSignal;
}

/**
 * The outputs of one node over all bars, one array per field.
 *
 * @example
 * ```ts
 * import type { OutputColumns } from 'qmtl/backtest';
 *
 * function newest(output: OutputColumns, field: string): number | undefined {
 *   return output.columns[field]?.at(-1);
 * }
 * ```
 */
export interface OutputColumns {
  /** Start of each bar, in whole seconds since the epoch, ascending. */
  readonly times: Float64Array;
  /** The values of each field, one per entry of `times`. */
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/**
 * The result of a backtest. It depends on the strategy and its data only.
 *
 * @example
 * ```ts
 * import type { BacktestResult } from 'qmtl/backtest';
 *
 * function summary({ strategyId, bars, performance }: BacktestResult): string {
 *   return `${strategyId}: ${bars} bars, Sharpe ${performance?.sharpe ?? 'unknown'}`;
 * }
 * ```
 */
export interface BacktestResult {
  readonly strategyId: string;
  readonly asOf: string;
  /** Number of buckets for which at least one source has a bar. */
  readonly bars: number;
  /** The strategy's outputs, by name. */
  readonly outputs: Readonly<Record<string, OutputColumns>>;
  /** Set when the strategy has an output `position` and a traded source. */
  readonly performance?: Performance;
  /** BLAKE3 over all outputs of all nodes: equal exactly when every output is bit-equal. */
  readonly digest: string;
}

/** The same as on the command line. */
const localAsOf = 'local';

/**
 * Runs a strategy over the history of its sources in the memory of this process, without servers or topics. Bars are
 * evaluated in event time and in a deterministic order, so equal data have bit-equal results.
 *
 * Rejects with a QmtlError: the problems of the strategy, as `compile` throws them; `E_FILE` and `E_DATA` for the data of its
 * sources; `E_COMPUTE` with node, bar and place for an error in a compute function; `E_INTERRUPTED` when it is stopped.
 *
 * A tag query matches nothing, because a local backtest has no other streams.
 *
 * @example
 * ```ts
 * import { bars, days, node, source, strategy } from 'qmtl';
 * import { backtest } from 'qmtl/backtest';
 *
 * const price = source('price', {
 *   type: 'Price',
 *   interval: days(1),
 *   output: { close: 'float64' },
 *   data: {
 *     description: 'three days',
 *     read: async () => [10, 11, 12].map((close, day) => ({ time: day * 86_400, values: Float64Array.of(close) })),
 *   },
 * });
 * const position = node('position', {
 *   inputs: { price },
 *   period: bars(2),
 *   output: { weight: 'float64' },
 *   compute: (view) => ({ weight: view.price.close.at(-1) > view.price.close.at(-2) ? 1 : 0 }),
 * });
 *
 * const { outputs, performance } = await backtest(strategy('up', { outputs: { position }, traded: price }));
 * console.log(outputs.position?.columns.weight, performance?.maxDrawdown);
 * ```
 */
export async function backtest(
  strategy: Strategy | CompiledStrategy,
  options: BacktestOptions = {},
): Promise<BacktestResult> {
  const { asOf = localAsOf, ...controls } = readOptions(
    'backtest()',
    options,
    ['asOf', 'onProgress', 'signal'],
    (given) => ({
      asOf: given.optional('asOf', text),
      onProgress: given.optional('onProgress', progressCallback),
      signal: given.optional('signal', abortSignal),
    }),
  );
  const checked = checkedStrategy(compiledOf(strategy));
  const place = { world: 'local', domain: 'backtest', asOf };
  const submission = checkedSubmission(checked.strategy.toSubmissionDocument(place));
  const { report, nodes } = await runLocally(checked, submission, 'world-domain', controls);
  const byId = new Map<string, RunNode>(nodes.map((run) => [run.nodeId, run]));
  const outputs = Object.entries(checked.outputs).flatMap(([name, nodeId]) => {
    const run = byId.get(nodeId);
    return run === undefined ? [] : [[name, columnsOf(run)] as const];
  });
  return {
    strategyId: report.strategyId,
    asOf: submission.context.asOf,
    bars: report.bars,
    outputs: Object.fromEntries(outputs),
    ...(report.performance === undefined ? {} : { performance: report.performance }),
    digest: report.digest,
  };
}

const progressCallback = kindOf(
  'a function',
  'pass a function: ({ bars, barsTotal }) => …',
  (value): value is NonNullable<BacktestOptions['onProgress']> => typeof value === 'function',
);

/** Checked at run time, because JavaScript authors have no compiler. */
function compiledOf(strategy: unknown): CompiledStrategy {
  if (isStrategy(strategy)) return strategy.compile();
  if (isCompiled(strategy)) return strategy;
  throw new QmtlError('E_USAGE', 'backtest() was given something that is not a strategy', {
    hint: 'pass the return value of strategy() or loadStrategy()',
  });
}

function isCompiled(value: unknown): value is CompiledStrategy {
  return isStrategy(memberOf(value, 'strategy'));
}

function columnsOf({ definition, outputs }: RunNode): OutputColumns {
  const fields = Object.keys(definition.node.output);
  return {
    times: outputs.times(),
    columns: Object.fromEntries(fields.map((field, index) => [field, outputs.column(index)])),
  };
}
