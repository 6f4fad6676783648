import {
  type CompiledStrategy,
  type ErrorCode,
  isQmtlError,
  loadStrategy,
  type Problem,
  QmtlError,
  type Strategy,
} from 'qmtl';
import { type BacktestResult, backtest, computePerformance, type OutputColumns } from 'qmtl/backtest';
import { connectClient, type QmtlClient, type SubmissionHandle, submit } from 'qmtl/client';
import crossover from './strategy.js';

/** An author's program; it prints its results as JSON for the test. */
const local: Strategy = crossover;
const loaded = await loadStrategy('strategy.ts');
const compiled: CompiledStrategy = local.compile();
const result: BacktestResult = await backtest(local, { asOf: '2020-01-06' });
const ofLoaded = await backtest(loaded);
const weights: OutputColumns | undefined = result.outputs.position;

export async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: ErrorCode; message: string; hint: string }> {
  try {
    await work;
  } catch (error) {
    if (!isQmtlError(error)) throw error;
    return { code: error.code, message: error.message, hint: error.hint ?? '' };
  }
  throw new QmtlError('E_USAGE', 'it did not fail');
}

/** Only compiled, since it needs a server. */
export async function send(client: QmtlClient, strategy: Strategy): Promise<number> {
  const document = strategy.toSubmissionDocument({ world: 'w', domain: 'backtest', asOf: '2020-01-06' });
  const handle: SubmissionHandle = await submit(client, document);
  const { receipt, joined } = await handle.receipt();
  await client.close();
  return joined ? 0 : receipt.counts.new;
}

const problems: readonly Problem[] = local.check();
console.log(
  JSON.stringify({
    problems,
    outputs: compiled.outputs,
    digests: [result.digest, ofLoaded.digest],
    asOf: result.asOf,
    weight: Array.from(weights?.columns.weight ?? []),
    sharpe: result.performance?.sharpe,
    flat: computePerformance(
      { times: Float64Array.of(0, 86_400), values: Float64Array.of(1, 1) },
      { times: new Float64Array(), values: new Float64Array() },
    ).turnover,
    data: await failureOf(loadStrategy('faulty.ts').then((strategy) => backtest(strategy))),
    compute: await failureOf(loadStrategy('throwing.ts').then((strategy) => backtest(strategy))),
    client: await failureOf(connectClient({ address: '127.0.0.1:1', namespace: 'default' })),
  }),
);
