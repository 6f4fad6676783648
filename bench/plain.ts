import { backtest } from '../sdk/backtest.js';
import type { CheckedStrategy } from '../sdk/compile/compile-strategy.js';
import { checkedStrategy } from '../sdk/compile/define-strategy.js';
import { type OpenView, openView } from '../sdk/nodes/cache-view.js';
import { Series, SeriesColumn } from '../sdk/nodes/column.js';
import { lightNodes, lightStrategy, wave } from './light-nodes.js';
import { type Benchmark, type Figure, spreadOf } from './report.js';

const barCount = 20_000;
const samples = { warmUps: 3, runs: 15 };

/**
 * `backtest()` beside the plain call: the same 40 light functions, called in a loop over the same columns in the author's
 * process, without thread, checks, report and digest. Each run is measured beside a plain one.
 */
export const plainBenchmark: Benchmark = { name: 'plain', measure };

async function measure(): Promise<readonly Figure[]> {
  const strategy = lightStrategy(barCount);
  const checked = checkedStrategy(strategy);
  const few = lightStrategy(256);
  const figures: Record<'plain' | 'run' | 'few', number[]> = { plain: [], run: [], few: [] };
  for (let run = -samples.warmUps; run < samples.runs; run += 1) {
    const plain = await taken(() => callPlainly(checked.nodes));
    const whole = await taken(() => backtest(strategy));
    const short = await taken(() => backtest(few));
    if (run < 0) continue;
    figures.plain.push(plain);
    figures.run.push(whole);
    figures.few.push(short);
  }
  const rates = (milliseconds: readonly number[]) => milliseconds.map((ms) => (evaluations * 1_000) / ms);
  const share = (spreadOf(figures.plain).median / spreadOf(figures.run).median) * 100;
  return [
    { what: 'plain call', unit: 'evaluations/s', values: rates(figures.plain) },
    { what: 'backtest()', unit: 'evaluations/s', values: rates(figures.run) },
    { what: 'backtest() of the plain call, by the medians', unit: '%', values: [share], aim: '≥ 95' },
    { what: 'backtest() of 256 bars', unit: 'ms', values: figures.few },
  ];
}

const evaluations = lightNodes * barCount;

async function taken(act: () => unknown): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

interface Called {
  readonly compute: (view: never) => unknown;
  readonly opened: OpenView;
  readonly series: Series;
  /** The first bar for which all columns are full. */
  readonly firstBar: number;
  readonly results: Float64Array;
}

/** What an author would write: for every bar, move the columns, call each function, keep the result. */
function callPlainly(nodes: CheckedStrategy['nodes']): readonly Float64Array[] {
  const price = new Series(2);
  const called = inOrder(nodes, price);
  for (let bar = 0; bar < barCount; bar += 1) {
    price.append(wave(bar));
    for (const { compute, opened, series, firstBar, results } of called) {
      if (bar < firstBar) continue;
      opened.moveTo(bar * 86_400);
      const result: unknown = Reflect.apply(compute, undefined, [opened.view]);
      if (typeof result !== 'number') throw new TypeError('a light node returns a number');
      results[bar] = result;
      series.append(result);
    }
  }
  return called.map(({ results }) => results);
}

function inOrder(nodes: CheckedStrategy['nodes'], price: Series): readonly Called[] {
  const made = new Map<string, { readonly series: Series; readonly firstBar: number }>();
  return nodes.flatMap(({ node, nodeId, inputs }) => {
    if (node.kind !== 'compute') {
      made.set(nodeId, { series: price, firstBar: 0 });
      return [];
    }
    const reads = Object.entries(inputs).flatMap(([name, upstream]) => {
      const its = made.get(upstream);
      return its === undefined ? [] : [{ name, ...its }];
    });
    const columns = reads.map(({ name, series }) => [name, { value: new SeriesColumn(series, 2) }]);
    const series = new Series(2);
    const firstBar = 1 + Math.max(...reads.map((one) => one.firstBar));
    made.set(nodeId, { series, firstBar });
    const opened = openView(node.params, Object.fromEntries(columns));
    return [{ compute: node.compute, opened, series, firstBar, results: new Float64Array(barCount) }];
  });
}
