import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isQmtlError } from '../../domain/base/errors.js';
import { backtest } from '../../sdk/backtest.js';
import { bars, days, node, type Strategy, source, strategy } from '../../sdk/index.js';
import type { AuthorAnswer, AuthorTask, LiveRun, Refusal } from './author-task.js';
import { Intrinsics } from './intrinsics.js';
import { runLive } from './live-run.js';
import { type Market, marketOf, marketOutput, marketParams } from './market.js';

/**
 * A process that does what an author's program does: it loads a file, makes a node of its function and runs it. Another
 * copy of the file is loaded for the live run, whose calls thus leave nothing in what the product sees.
 */
const intrinsics = new Intrinsics();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'qmtl-adversary-')));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('disconnect', () => process.exit(0));
const markets = new Map<number, Market>();
let count = 0;

process.on('message', (task: AuthorTask) => {
  void answer(task).then((found) => process.send?.(found));
});
process.send?.('ready');

async function answer(task: AuthorTask): Promise<AuthorAnswer> {
  const market = markets.get(task.bars) ?? marketOf(task.bars);
  markets.set(task.bars, market);
  const live = task.wants === 'outputs and live' ? await liveOf(task, market) : undefined;
  intrinsics.restore();
  const made = await outcomeOf(task, market);
  intrinsics.restore();
  return { ...made, live };
}

async function liveOf(task: AuthorTask, market: Market): Promise<LiveRun> {
  try {
    const compute = await loadCompute(task);
    return runLive(compute, market, task.period);
  } catch (error) {
    return { threw: describe(error).message, values: new Float64Array() };
  }
}

async function outcomeOf(task: AuthorTask, market: Market): Promise<Omit<AuthorAnswer, 'live'>> {
  let nodeId: string | undefined;
  let codeHash: string | undefined;
  let phase: Refusal['phase'] = 'load';
  try {
    const compute = await loadCompute(task);
    const made = strategyOf(compute, market, task.period);
    phase = 'compile';
    const { dag, outputs } = made.compile();
    nodeId = outputs.made;
    codeHash = dag.nodes.find((one) => one.nodeId === nodeId)?.codeHash;
    if (task.wants === 'ids') return { nodeId, codeHash };
    phase = 'run';
    const { outputs: computed } = await backtest(made, { asOf: '2020-01-01' });
    return { nodeId, codeHash, values: computed.made?.columns.value };
  } catch (error) {
    return { nodeId, codeHash, refusal: { phase, ...describe(error) } };
  }
}

function strategyOf(compute: () => number, market: Market, period: number): Strategy {
  const { price, other } = market;
  const definition = { type: 'Price', interval: days(1), output: marketOutput } as const;
  const read = (rows: Market['price']) => ({ description: 'bars', read: async () => rows });
  const made = node('made', {
    inputs: {
      price: source('price', { ...definition, data: read(price) }),
      other: source('other', { ...definition, data: read(other) }),
    },
    period: bars(period),
    params: marketParams,
    compute,
  });
  return strategy('adversary', { version: 'v1', outputs: { made } });
}

/** Writes the files into a new folder and imports the first. */
async function loadCompute({ files }: AuthorTask): Promise<() => number> {
  count += 1;
  const project = join(folder, `project-${count}`);
  const [main = 'main.ts'] = Object.keys(files);
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const loaded: unknown = await import(pathToFileURL(join(project, main)).href);
  const compute: unknown = Reflect.get(Object(loaded), 'compute');
  if (!isCompute(compute)) throw new TypeError('the file exports no function named compute');
  return compute;
}

function isCompute(value: unknown): value is () => number {
  return typeof value === 'function';
}

/** What an author reads: the first problem, or the error itself. */
function describe(error: unknown): Omit<Refusal, 'phase'> {
  if (!isQmtlError(error)) return { code: '', message: withoutFolder(String(error)), hint: '' };
  const { code, message, hint = '' } = error.problems[0] ?? error;
  return { code, message: withoutFolder(message), hint: withoutFolder(hint) };
}

function withoutFolder(text: string): string {
  return text.replaceAll(/\S*qmtl-adversary-\w+\/project-\d+\//g, '');
}
