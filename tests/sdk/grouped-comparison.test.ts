import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { computeCodes } from '../../sdk/code/compute-code.js';
import { CaptureGroups } from '../../sdk/code/shared-captures.js';
import { bars, days, node, source, strategy } from '../../sdk/index.js';
import type { ComputeNode } from '../../sdk/nodes/node.js';
import { type Sources, withoutFolder, writeFiles } from './code/code-fixture.js';

const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64' },
  data: { description: 'no bars', read: async () => [] },
});

interface Loaded {
  readonly names: readonly string[];
  readonly functions: readonly object[];
}

/** Loads the first file; its functions that begin with `compute` are those of nodes. */
async function load(sources: Sources): Promise<Loaded> {
  const [main = 'main.ts'] = typeof sources === 'string' ? ['main.ts'] : Object.keys(sources);
  const loaded: unknown = await import(/* @vite-ignore */ join(writeFiles(sources), main));
  const members = Object.entries(Object(loaded)).filter(([name]) => name.startsWith('compute'));
  return {
    names: members.map(([name]) => name),
    functions: members.map(([, value]): object => Object(value)),
  };
}

function problemsOf({ names, functions }: Loaded): readonly string[] {
  const made = functions.map((compute, index): ComputeNode => {
    const definition = { inputs: { price }, period: bars(1), compute };
    return Reflect.apply(node, undefined, [names[index], definition]);
  });
  const outputs = Object.fromEntries(made.map((one) => [one.name, one]));
  const found = strategy('made', { outputs }).check();
  return found.map(({ code, message }) => withoutFolder(`${code} ${message}`));
}

const nothing: Sources = `
const weights = [1, 2].map((one) => one * 2);
const names = { a: 'x' };
export const computeA = () => weights[0];
export const computeB = () => weights[1] + names.a.length;
export const computeC = () => names.a.length;`;

const cases: Readonly<Record<string, Sources>> = {
  'nothing differs': nothing,
  'one of several constants was changed': `
const weights = [1, 2].map((one) => one * 2);
const C = { k: 1 }; const D = []; D.push(C); D[0].k = 2;
export const computeA = () => weights[0];
export const computeB = () => C.k;
export const computeC = () => weights[1] + C.k;
export const computeD = () => weights[1];`,
  'a constant that another one changes, without showing that it keeps state': `
const W = new Float64Array([1, 2]);
const X = [W].map((w) => { Reflect.apply(Reflect.set, null, [w, 0, 5]); return w[0]; })[0];
export const computeW = () => W[0];
export const computeX = () => X + W[0];
export const computeV = () => W[1];`,
  'constants that a counter numbers': `
const next = (() => { let n = 0; return { next: () => { n += 1; return n; } }; })();
const take = [next].map((one) => one.next)[0];
const a = take();
const b = take();
export const computeA = () => a;
export const computeB = () => b;
export const computeC = () => a + b;`,
  'constants in a circle, which only one order can compute': `
class A { k = 1; size() { return T.length; } }
const T = [new A()];
export const computeT = () => T[0].k;
export const computeA = () => new A().k;
export const computeB = () => T.length;`,
  'constants of several files': {
    'main.ts': `
import { T, U } from './tables.ts';
import './setup.ts';
export const computeT = () => T[0];
export const computeU = () => U.k;
export const computeN = () => 1;`,
    'tables.ts': 'export const T = [1, 2].map((one) => one + 1);\nexport const U = { k: T[0] };',
    'setup.ts': "import * as all from './tables.ts';\nconst list = []; list.push(all); list[0].U.k = 7;",
  },
  'a constant that cannot be computed': `
const T = [1, 2].map((one) => one * 2);
const counter = { n: 0, valueOf() { return ++this.n; } }; const first = +counter;
export const computeA = () => first;
export const computeB = () => T[0];
export const computeC = () => T[1];`,
};

describe('nodes of one strategy are refused for what they are refused for alone', () => {
  test.each(Object.entries(cases))('%s', async (_what, sources) => {
    const { names, functions } = await load(sources);
    const alone = new Set<string>();
    for (const [index, compute] of functions.entries()) {
      const one = { names: names.slice(index, index + 1), functions: [compute] };
      // What agrees once is not compared again, so these are other functions than those that are compared together.
      for (const problem of problemsOf(one)) alone.add(problem);
    }
    const together = new Set(problemsOf(await load(sources)));
    expect([...together].sort()).toEqual([...alone].sort());
  });

  test('the cases refuse something, or nothing', async () => {
    const refusing = await Promise.all(
      Object.values(cases).map(async (sources) => problemsOf(await load(sources)).length > 0),
    );
    expect(refusing).toEqual([false, true, true, true, true, true, true]);
  });
});

describe('what many modules have in common is computed once', () => {
  const membersOf = async (sources: Sources) => {
    const { functions } = await load(sources);
    const captured = computeCodes(functions).flatMap((one) => one.captured ?? []);
    return new CaptureGroups().groupsOf(captured).map(({ members }) => members.length);
  };

  test('constants that depend on nothing but what they name', async () => {
    expect(await membersOf(nothing)).toEqual([3]);
  });

  test('not those that keep state, unless all modules have the same', async () => {
    const counting = `
const make = () => { let n = 0; return () => { n += 1; return n; }; };
const one = make();
const two = make();
export const computeA = () => one();
export const computeB = () => two();
export const computeC = () => one() + 1;`;
    expect(await membersOf(counting)).toEqual([2, 1]);
  });

  test('not those of other files, which decide what is compared of a function', async () => {
    const files = {
      'main.ts': `
import { T } from './table.ts';
const own = [1].map((one) => one);
export const computeA = () => T[0];
export const computeB = () => own[0];
export const computeC = () => T[0] + own[0];`,
      'table.ts': 'export const T = [1].map((one) => one);',
    };
    expect(await membersOf(files)).toEqual([2, 1]);
  });
});
