import { expect, test } from 'vitest';
import type { Column, OutputSchema } from '../../sdk/index.js';
import { bars, days, node, source, strategy, tagQuery } from '../../sdk/index.js';

interface View {
  readonly m: Readonly<Record<string, Column>>;
  readonly time: number;
}
type Compute = (view: View) => number;

const one: OutputSchema = { close: 'float64' };
const two: OutputSchema = { close: 'float64', open: 'float64' };
const reversed: OutputSchema = { open: 'float64', close: 'float64' };

/** The id of a node that reads a source of these fields. */
function idOf(output: OutputSchema, compute: Compute, schemaCompatId: string | undefined = 'm/1'): string {
  const given = schemaCompatId === '' ? {} : { schemaCompatId };
  const m = source('m', { type: 'M', interval: days(1), output, ...given });
  const made = strategy('s', { outputs: { a: node('a', { inputs: { m }, period: bars(2), compute }) } });
  expect(made.check()).toEqual([]);
  return made.compile().outputs.a ?? '';
}

const last = (columns: Readonly<Record<string, Column>>): number => Object.keys(columns).length;

/** Functions whose result cannot depend on a field that is not `close`. */
const blind: Record<string, Compute> = {
  'a member by name': (view) => view.m.close?.at(-1) ?? 0,
  'a pattern': ({ m: { close }, time }) => (close?.at(-1) ?? 0) + time,
  'a pattern of the input': ({ m }) => m.close?.at(-1) ?? 0,
  'a constant for the view': (view) => {
    const all = view;
    const { m } = all;
    const { close: price } = m;
    return price?.at(-1) ?? 0;
  },
  'a constant for the input': (view) => {
    const m = view.m;
    const sum = () => m.close?.sum() ?? 0;
    return sum() + (m?.close?.at(0) ?? 0);
  },
  'nothing of the input': (view) => view.time,
  'no parameter': () => 1,
};

test.each(Object.entries(blind))('a node that reads %s is the same for more fields', (_name, compute) => {
  expect(idOf(two, compute)).toBe(idOf(one, compute));
  expect(idOf(reversed, compute)).toBe(idOf(two, compute));
});

/** Functions whose result may depend on the fields there are. */
const seeing: Record<string, Compute> = {
  'the names of an input': (view) => Object.keys(view.m).length,
  'whether a field exists': (view) => ('open' in view.m ? 1 : 0),
  'a field that may be missing': (view) => (view.m.open === undefined ? 1 : 2),
  'a spread input': (view) => Object.keys({ ...view.m }).length,
  'a spread view': (view) => Object.keys({ ...view }.m).length,
  'the rest of a pattern': ({ m: { close, ...rest } }) => (close?.at(-1) ?? 0) + Object.keys(rest).length,
  'the rest of the view': ({ time, ...rest }) => Object.keys(rest.m).length + time,
  'a loop over fields': (view) => {
    let count = 0;
    for (const name in view.m) count += name.length;
    return count;
  },
  'a computed name': (view) => (view.m[view.time > 0 ? 'open' : 'close'] === undefined ? 1 : 2),
  'an input that is passed on': (view) => last(view.m),
  'a view that is passed on': (view) => ((all: View) => last(all.m))(view),
  'a view in an object': (view) => last([view][0]?.m ?? {}),
  'a constant that is passed on': ({ m }) => {
    const { ...copy } = m;
    return last(copy);
  },
  'a method of every object': (view) => Object.keys(view.m.valueOf()).length,
  'arguments of a function': function () {
    // biome-ignore lint/complexity/noArguments: it is how a function reads its view unseen
    return Object.keys(Object(arguments[0]).m).length;
  },
};

test.each(Object.entries(seeing))('a node that reads %s is another one for more fields', (_name, compute) => {
  expect(idOf(two, compute)).not.toBe(idOf(one, compute));
});

test('a node that lists fields is another one for fields in another order', () => {
  const compute: Compute = (view) => Object.keys(view.m)[0]?.length ?? 0;
  expect(idOf(reversed, compute)).not.toBe(idOf(two, compute));
});

test('a node that reads a derived schema differs by the id of its input alone', () => {
  const compute: Compute = (view) => view.m.close?.at(-1) ?? 0;
  expect(idOf(two, compute, '')).not.toBe(idOf(one, compute, ''));
});

test('a node that reads a tag query whose schema id was chosen sees its fields', () => {
  const idWith = (output: OutputSchema): string => {
    const m = tagQuery('m', { queryTags: ['a'], interval: days(1), output, schemaCompatId: 'm/1' });
    const a = node('a', { inputs: { m }, compute: (view) => Object.keys(view.m[0] ?? {}).length });
    return strategy('s', { outputs: { a } }).compile().outputs.a ?? '';
  };
  expect(idWith(two)).not.toBe(idWith(one));
});
