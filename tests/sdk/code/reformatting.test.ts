import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertNever } from '../../../std/assert-never.js';
import { codeOf } from './code-fixture.js';

/** Code independent of its spelling. */
type Code =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'field'; readonly name: string }
  | {
      readonly kind: 'binary';
      readonly operator: keyof typeof levels;
      readonly left: Code;
      readonly right: Code;
    }
  | { readonly kind: 'choice'; readonly test: Code; readonly yes: Code; readonly no: Code }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Code[] }
  | { readonly kind: 'list'; readonly items: readonly Code[] }
  | { readonly kind: 'row'; readonly fields: readonly (readonly [string, Code])[] };

/** Binary operators and their precedence; all are left-associative. */
const levels = { '<': 3, '-': 4, '+': 4, '*': 5, '/': 5 } as const;

const name = fc.constantFrom('a', 'b', 'c');

const { code } = fc.letrec<{ code: Code }>((tie) => ({
  code: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      kind: fc.constant('number' as const),
      value: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    }),
    fc.record({ kind: fc.constant('field' as const), name }),
    fc.record({ kind: fc.constant('text' as const), value: fc.string({ maxLength: 6, unit: 'binary' }) }),
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constantFrom<keyof typeof levels>('<', '-', '+', '*', '/'),
      left: tie('code'),
      right: tie('code'),
    }),
    fc.record({ kind: fc.constant('choice' as const), test: tie('code'), yes: tie('code'), no: tie('code') }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom('Math.max', 'String', 'helper'),
      args: fc.array(tie('code'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('list' as const), items: fc.array(tie('code'), { maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('row' as const),
      fields: fc.uniqueArray(fc.tuple(name, tie('code')), { maxLength: 3, selector: ([key]) => key }),
    }),
  ),
}));

/** Prints code, with a random choice among its spellings. */
type Choose = (spellings: readonly string[]) => string;

function chooser(choices: readonly number[]): Choose {
  let turn = 0;
  return (spellings) => {
    turn += 1;
    return spellings[(choices[turn % choices.length] ?? 0) % spellings.length] ?? '';
  };
}

class Printer {
  readonly #choose: Choose;
  readonly #view: string;
  readonly #helper: string;

  constructor(choose: Choose) {
    this.#choose = choose;
    this.#view = choose(['view', 'v', '$', 'd1']);
    this.#helper = choose(['helper', 'v1', '변수', 'harden']);
  }

  module(value: Code): string {
    const helper = this.#choose([`${this.#helper} = (x) => x;`, `${this.#helper} = <T,>(y: T): T => (y)`]);
    const type = this.#choose(['', ': number', ': { a: any }']);
    const end = this.#choose(['', ';', ';;']);
    return `const ${helper}\nexport const compute = (${this.#view}${type}) => (${this.print(value, 0)})${end}\n`;
  }

  /** `level`: the precedence at the place; code of lower precedence needs parentheses. */
  print(value: Code, level: number): string {
    const bare = this.#bare(value);
    const spelling = this.#choose(['bare', 'bare', 'wrapped', 'typed']);
    if (spelling === 'typed') return `((${bare}) as any)`;
    const spaced = `${this.#gap()}${bare}${this.#gap()}`;
    return spelling === 'wrapped' || levelOf(value) < level ? `(${spaced})` : spaced;
  }

  #gap(): string {
    return this.#choose(['', ' ', '\n', '\t', ' /* c */ ', '\n// c\n']);
  }

  #bare(value: Code): string {
    switch (value.kind) {
      case 'number':
        return this.#choose([String(value.value), value.value.toExponential()]);
      case 'text':
        return this.#text(value.value);
      case 'field':
        return this.#choose([
          `${this.#view}.${value.name}`,
          `${this.#view}['${value.name}']`,
          `${this.#view} . ${value.name}`,
        ]);
      case 'binary': {
        const level = levels[value.operator];
        return `${this.print(value.left, level)}${value.operator}${this.print(value.right, level + 1)}`;
      }
      case 'choice':
        return `${this.print(value.test, 2)}?${this.print(value.yes, 1)}:${this.print(value.no, 1)}`;
      case 'call':
        return `${value.name === 'helper' ? this.#helper : value.name}(${this.#list(value.args.map((one) => this.print(one, 1)))})`;
      case 'list':
        return `[${this.#list(value.items.map((one) => this.print(one, 1)))}]`;
      case 'row':
        return `({${this.#list(value.fields.map(([key, one]) => `${this.#key(key)}:${this.print(one, 1)}`))}})`;
      default:
        return assertNever(value);
    }
  }

  #list(items: readonly string[]): string {
    return `${items.join(',')}${items.length > 0 ? this.#choose(['', ',']) : ''}`;
  }

  #key(key: string): string {
    return this.#choose([key, `'${key}'`, `"${key}"`, `['${key}']`]);
  }

  #text(value: string): string {
    const json = JSON.stringify(value);
    const single = `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
    const units = Array.from({ length: value.length }, (_, i) => value.charCodeAt(i));
    const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
    return this.#choose([json, single, `"${escaped}"`]);
  }
}

function levelOf(value: Code): number {
  if (value.kind === 'binary') return levels[value.operator];
  return value.kind === 'choice' ? 1 : 9;
}

const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });

test('no spelling of a function and no name in it changes its code hash', () => {
  fc.assert(
    fc.property(code, choices, choices, (value, first, second) => {
      const [a, b] = [first, second].map((one) => codeOf(new Printer(chooser(one)).module(value)).digest);
      expect(b).toBe(a);
    }),
  );
});

test('functions that differ have different code hashes', () => {
  fc.assert(
    fc.property(code, code, choices, (a, b, how) => {
      const [first, second] = [a, b].map((one) => codeOf(new Printer(chooser(how)).module(one)).digest);
      expect(first === second).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
