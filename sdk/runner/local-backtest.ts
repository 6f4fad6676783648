import { QmtlError } from '../../domain/base/errors.js';
import { checkedSubmission } from '../compile/checked-submission.js';
import { checkedStrategy } from '../compile/define-strategy.js';
import { type CompiledStrategy, isStrategy, type Strategy } from '../compile/strategy.js';
import { runLocally } from './local-run.js';
import type { Performance } from './performance.js';
import type { BacktestProgress } from './run-bars.js';
import type { RunNode } from './run-node.js';

/**
 * How a backtest is run. All of it may be left out.
 *
 * @example
 * ```ts
 * import type { BacktestOptions } from 'qmtl/backtest';
 *
 * const options: BacktestOptions = { asOf: '2020-04-17', signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface BacktestOptions {
  /** Names the data snapshot, as a submission would; the data themselves are what the sources read. */
  readonly asOf?: string;
  /** Called after some bars, and after the last. */
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Stops the run with `E_INTERRUPTED`. */
  readonly signal?: AbortSignal;
}

/**
 * What one node gave for every bar, field by field.
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
  /** Start of each bar, whole seconds since the epoch, ascending. */
  readonly times: Float64Array;
  /** The values of each field, as many as there are times. */
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/**
 * What a backtest gave. It follows from the strategy and its data alone.
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
  /** Buckets something arrived for. */
  readonly bars: number;
  /** The strategy's outputs under the names it gives them. */
  readonly outputs: Readonly<Record<string, OutputColumns>>;
  /** Set when the strategy has an output `position` and a traded source. */
  readonly performance?: Performance;
  /** BLAKE3 over all outputs of all nodes: equal exactly when every output is bit-equal. */
  readonly digest: string;
}

/** As on the command line. */
const localAsOf = 'local';

/**
 * Runs a strategy over the history of its sources, in this process and in its memory: no server, no topics, nothing to
 * set up. Bars go through in event time and in one deterministic order, so equal data give equal bits.
 *
 * Rejects with a QmtlError: everything that is wrong with the strategy, as `compile` throws it; `E_FILE` and `E_DATA` for
 * what its sources read; `E_COMPUTE` with node, bar and place for what a compute function threw; `E_INTERRUPTED`.
 *
 * A tag query finds nothing here, because there is nobody else.
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
  { asOf = localAsOf, ...controls }: BacktestOptions = {},
): Promise<BacktestResult> {
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

/** `strategy` is checked, because what JavaScript authors give has been seen by no compiler. */
function compiledOf(strategy: unknown): CompiledStrategy {
  if (isStrategy(strategy)) return strategy.compile();
  if (isCompiled(strategy)) return strategy;
  throw new QmtlError('E_USAGE', 'backtest() was given something that is not a strategy', {
    hint: 'give what strategy() or loadStrategy() returned',
  });
}

function isCompiled(value: unknown): value is CompiledStrategy {
  return typeof value === 'object' && value !== null && 'strategy' in value && isStrategy(value.strategy);
}

function columnsOf({ definition, outputs }: RunNode): OutputColumns {
  const fields = Object.keys(definition.node.output);
  return {
    times: outputs.times(),
    columns: Object.fromEntries(fields.map((field, index) => [field, outputs.column(index)])),
  };
}
