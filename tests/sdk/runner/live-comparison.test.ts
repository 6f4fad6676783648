import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Problem } from '../../../domain/base/errors.js';
import { backtest } from '../../../sdk/backtest.js';
import { checkedStrategy } from '../../../sdk/compile/define-strategy.js';
import { bars, node, strategy } from '../../../sdk/index.js';
import type { ComputeNode } from '../../../sdk/nodes/node.js';
import { LiveComparison } from '../../../sdk/runner/live-comparison.js';
import { planRun } from '../../../sdk/runner/run-plan.js';
import { planStreams } from '../../../sdk/runner/run-streams.js';
import { type Sources, view, withoutFolder, writeFiles } from '../code/code-fixture.js';
import { daily, place } from './backtest-fixture.js';
import { priceFrom } from './strategies.js';

const price = priceFrom(daily(Array.from({ length: 20 }, (_, bar) => bar + 1)));

/** Loads the first file, and runs its `compute` over 20 bars: returns the outputs, or code, message and hint. */
async function run(sources: Sources): Promise<unknown> {
  const [main = 'main.ts'] = typeof sources === 'string' ? ['main.ts'] : Object.keys(sources);
  const loaded: unknown = await import(/* @vite-ignore */ join(writeFiles(sources), main));
  const definition = { inputs: { price }, period: bars(1), compute: Reflect.get(Object(loaded), 'compute') };
  const made: ComputeNode = Reflect.apply(node, undefined, ['made', definition]);
  try {
    const { outputs } = await backtest(strategy('made', { outputs: { made } }));
    return [...(outputs.made?.columns.value ?? [])];
  } catch (error) {
    const { code, message, hint }: Problem = Object(error);
    return [code, message, hint].map((text) => withoutFolder(text));
  }
}

const says = (fromSource: string, fromProcess: string, at = '1970-01-01T00:00:00.000Z'): string[] => [
  'E_CAPTURE',
  `compute of node made returned ${fromSource} from its source, and the loaded function ${fromProcess}, at ${at}`,
  'the function is at main.ts:2:24; possible reasons: the function keeps something from bar to bar, where each bar is computed from the view alone; something changes a value that it captures, where each constant needs its whole value where it is declared; a value depends on the order in which files with side effects are loaded; a CommonJS file relies on sloppy mode, and a module is strict; a file was changed after it had been loaded',
];

/** What the author's program keeps where the comparison of constants does not see it. */
const changed: Record<string, readonly [Sources, readonly string[]]> = {
  'a buffer': [
    view('V.getInt8(0)', 'const V = new DataView(new ArrayBuffer(8)); Reflect.apply(V.setInt8, V, [0, 1]);'),
    says('0', 'returned 1'),
  ],
  'a buffer that shows in the last bar only': [
    view(
      'view.price.close.at(-1) < 20 ? 1 : V.getInt8(0)',
      'const V = new DataView(new ArrayBuffer(8)); Reflect.apply(V.setInt8, V, [0, 1]);',
    ),
    says('0', 'returned 1', '1970-01-20T00:00:00.000Z'),
  ],
  'a weak map': [
    view('W.get(K) ?? 0', 'const W = new WeakMap(); const K = {}; Reflect.apply(W.set, W, [K, 1]);'),
    says('0', 'returned 1'),
  ],
  'what makes compute throw': [
    view(
      '(W.has(K) ? null : K).k',
      'const W = new WeakSet(); const K = { k: 1 }; Reflect.apply(W.add, W, [K]);',
    ),
    says('1', "threw Cannot read properties of null (reading 'k')"),
  ],
};

test.each(Object.entries(changed))(
  'a run is refused when the program changes %s',
  async (_name, [sources, expected]) => {
    expect(await run(sources)).toEqual(expected);
  },
);

test('a run is refused for a counter in the process of the author', async () => {
  const sources = view('next()', 'const next = (() => { let n = 0; return () => ++n; })();');
  expect(await run(sources)).toEqual(says('1', 'returned 2', '1970-01-02T00:00:00.000Z'));
});

test.each([
  ['a counter', 'const next = (() => { let n = 0; return () => ++n; })();', 'next()'],
  ['an iterator', 'const box = [1, 2, 3].values();', 'box.next().value'],
  [
    'a generator',
    'function* make() { let n = 0; for (;;) yield ++n; } const box = make();',
    'box.next().value',
  ],
  [
    'a list that a function keeps',
    'const keep = (() => { const l = []; return (v) => l.push(v); })();',
    'keep(7)',
  ],
])('a run is refused for %s that only the last bars use', async (_what, before, used) => {
  const sources = view(`view.price.close.at(-1) < 19 ? 0 : ${used}`, before);
  expect(await run(sources)).toEqual(says('1', 'returned 2', '1970-01-20T00:00:00.000Z'));
});

test('a regular expression of the module that is begun again for every bar keeps no state', async () => {
  const sources = view(
    "{ word.lastIndex = 0; return view.price.close.at(-1) > 16 && word.test('aa') ? 1 : 0; }",
    'const word = /a/g;',
  );
  expect(await run(sources)).toEqual([...Array.from({ length: 16 }, () => 0), 1, 1, 1, 1]);
});

test('constants that keep their value are the same in the process and in the thread', async () => {
  const sources = view(
    'view.price.close.at(-1) * C.k + T[1].length',
    "const C = { k: 2 }; const T = ['a', 'bc'];",
  );
  expect(await run(sources)).toEqual(Array.from({ length: 20 }, (_, bar) => 2 * (bar + 1) + 2));
});

test('an error in the thread has the place in the file of the author', async () => {
  const sources = view(
    'f(view.price.close.at(-1))',
    'const T = [1]; const f = (x) => { T.at(0); return [].concat(T).at(-9).k; };',
  );
  expect(await run(sources)).toEqual([
    'E_COMPUTE',
    "compute of node made failed at 1970-01-01T00:00:00.000Z: Cannot read properties of undefined (reading 'k')",
    'it was thrown at main.ts:1:51',
  ]);
});

test('outputs of an earlier run are not compared: they may have been computed by another version of Node', async () => {
  const same = node('same', { inputs: { price }, compute: ({ price: read }) => read.close.at(-1) });
  const placed = await place(strategy('same', { outputs: { same } }));
  const streams = planStreams(checkedStrategy(placed.strategy), placed.topics, new Map());
  const nodes = planRun(streams, placed.context, undefined);
  const bar = {
    times: Float64Array.of(0),
    values: Float64Array.of(1),
    unwritten: Uint32Array.of(),
    computed: 0,
    reused: 1,
  };
  const other = { ...bar, values: Float64Array.of(1.5) };
  expect(() => new LiveComparison(nodes).compare([bar, other])).not.toThrow();
  expect(() => new LiveComparison(nodes).compare([bar, { ...other, unwritten: Uint32Array.of(0) }])).toThrow(
    'returned 1.5 from its source, and the loaded function returned 1',
  );
});

test('a package that strict mode cannot compile is an error of the strategy, not of the library', async () => {
  const sources = {
    'main.ts': view('k', "import { k } from 'sloppy';"),
    'node_modules/sloppy/package.json': '{"name":"sloppy","version":"1.0.0","main":"i.js"}',
    'node_modules/sloppy/i.js': 'with ({ a: 1 }) { exports.k = a; }',
  };
  expect(await run(sources)).toEqual([
    'E_COMPUTE',
    'the code of node made cannot be compiled in strict mode: Strict mode code may not include a with statement',
    expect.stringMatching(/^it was thrown by the function at \S*main\.ts:2:24$/),
  ]);
});
