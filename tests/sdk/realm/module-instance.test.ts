import { expect, test } from 'vitest';
import { type Compute, ModuleInstance } from '../../../sdk/realm/module-instance.js';

/** A definition of a module: what it names, and the kind of its value. */
interface Definition {
  readonly uses?: readonly number[];
  readonly value?: 'frozen' | 'typed array' | 'what it names' | 'what it is given';
}

/** Without a prototype, which would be frozen too: here that is one of the test. */
const bare = <T extends object>(value: T): T => Object.setPrototypeOf(value, null);

/**
 * How often each definition is evaluated for three bars, where the first bar shows what must be renewed. The last definition is
 * the compute function, which names all others.
 */
function evaluations(...definitions: readonly Definition[]): number[] {
  const counts = definitions.map(() => 0);
  const instance = new ModuleInstance((globals) => {
    const { harden } = Object(globals);
    const made: unknown[] = [];
    for (const [index, definition] of definitions.entries()) {
      const evaluate = () => {
        counts[index] = (counts[index] ?? 0) + 1;
        return madeOf(definition, made);
      };
      const isGiven = definition.value === 'what it is given';
      made.push(harden(index + 1, evaluate, isGiven ? [] : (definition.uses ?? [])));
    }
    const compute: Compute = bare(() => made);
    harden(
      made.length + 1,
      () => compute,
      [...definitions.keys()].map((index) => index + 1),
    );
    return compute;
  }, {});
  for (let bar = 0; bar < 3; bar += 1) instance.forBar();
  return counts;
}

function madeOf({ uses = [], value }: Definition, made: readonly unknown[]): object {
  if (value === 'typed array') return new Float64Array(1);
  if (value === 'what it is given') return bare([made.at(-1)]);
  return bare(value === 'what it names' ? uses.map((number) => made[number - 1]) : []);
}

test.each<readonly [string, readonly Definition[], readonly number[]]>([
  ['what is frozen', [{}, { uses: [1] }], [1, 1]],
  ['what cannot be frozen', [{ value: 'typed array' }], [4]],
  ['what is beside it', [{}, { value: 'typed array' }, {}], [1, 4, 1]],
  ['what names it', [{ value: 'typed array' }, { uses: [1] }], [4, 4]],
  ['what names what names it', [{ value: 'typed array' }, { uses: [1] }, { uses: [2] }, {}], [4, 4, 4, 1]],
  ['what is named by it', [{}, { value: 'typed array', uses: [1] }], [1, 4]],
  ['what holds it', [{ value: 'typed array' }, { value: 'what it names', uses: [1] }], [4, 4]],
  ['what holds it and does not name it', [{ value: 'typed array' }, { value: 'what it is given' }], [4, 4]],
  [
    'what holds an object that holds it',
    [{ value: 'typed array' }, { value: 'what it names', uses: [1] }, { value: 'what it is given' }],
    [4, 4, 4],
  ],
  ['a function that names a later one', [{ uses: [2] }, { value: 'typed array' }, {}], [4, 4, 1]],
  ['functions that name each other', [{ uses: [2] }, { uses: [1] }, { value: 'typed array' }], [1, 1, 4]],
  [
    'functions that name each other and it',
    [{ uses: [2] }, { uses: [1, 3] }, { value: 'typed array' }],
    [4, 4, 4],
  ],
])('of the definitions of a module, %s is renewed as often as it must be', (_, definitions, expected) => {
  expect(evaluations(...definitions)).toEqual(expected);
});
