import { types } from 'node:util';
import { type CodeLocation, type Scope, viewObjects } from '../../std/node/debugger-view.js';
import { type KnownObjects, type Shape, shapeOf } from './value-shape.js';

/** How many functions and instances of one value are looked into. */
export const objectsAskedMax = 500;

/** With more variables in one scope, the engine lists them in an order that depends on their names. */
const variablesMax = 60;

/** What only a debugger shows of a function, or of an instance. */
export interface HiddenParts {
  readonly source: FunctionSource;
  readonly variables: readonly Shape[];
}

/** `place`: of a function in its script. `other`: what has no source of its own, or has it elsewhere, and instances. */
export type FunctionSource =
  | { readonly kind: 'place'; readonly line: number; readonly column: number }
  | { readonly kind: 'bound' | 'native' | 'other' };

/** With what the author's process knows of it. */
export interface HiddenObject extends Pick<HiddenParts, 'variables'> {
  readonly object: object;
  readonly location: CodeLocation | undefined;
  readonly isBound: boolean;
}

/**
 * The functions and instances that a value holds, and what they keep, in rounds: those of the value itself, and of each variable.
 * `isOfModule`: whether a scope with these names is that of a file, whose variables are compared by their names.
 */
export function hiddenObjects(
  value: unknown,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
): readonly (readonly HiddenObject[])[] {
  const rounds: HiddenObject[][] = [];
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  for (const held of waiting) {
    const asked: object[] = [];
    shapeOf(held, known, (object) => {
      if (typeof object === 'symbol' || seen.size >= objectsAskedMax) return;
      if (seen.has(object) || !mayHide(object)) return;
      seen.add(object);
      asked.push(object);
    });
    if (asked.length === 0) continue;
    const round: HiddenObject[] = [];
    viewObjects(asked, (index, view) => {
      const bound = view.bound();
      const inScopes = view.scopes().flatMap((scope) => variablesIn(scope, isOfModule));
      const variables = [...bound, ...view.privateMembers(), ...inScopes];
      for (const one of variables) waiting.push(one);
      round.push({
        object: asked[index] ?? view,
        location: view.location(),
        isBound: bound.length > 0,
        variables: variables.map((one) => shapeOf(one, known)),
      });
    });
    rounds.push(round);
  }
  return rounds;
}

/** An object of the program, and what a realm has in its place. */
export interface HiddenPair {
  readonly live: HiddenObject;
  readonly expected: HiddenParts;
}

/**
 * The objects of two equal shapes, in pairs. After the first one that keeps another number of variables, as when a compiler
 * added some, the variables cannot be told apart.
 */
export function pairsOf(
  live: readonly (readonly HiddenObject[])[],
  expected: readonly (readonly HiddenParts[])[],
): readonly HiddenPair[] {
  const pairs: HiddenPair[] = [];
  for (const [index, round] of live.entries()) {
    const others = expected[index];
    if (others?.length !== round.length) return pairs;
    const ofRound = round.flatMap((one, at) => {
      const other = others[at];
      return other === undefined ? [] : { live: one, expected: other };
    });
    for (const pair of ofRound) pairs.push(pair);
    if (!ofRound.every(hasSameCount)) return pairs;
  }
  return pairs;
}

function hasSameCount({ live, expected }: HiddenPair): boolean {
  return live.variables.length === expected.variables.length;
}

/** Whether two objects keep the same; also when that is unknown. */
export function keepsSame(pair: HiddenPair): boolean {
  const { live, expected } = pair;
  return (
    !hasSameCount(pair) ||
    live.variables.every((shape, at) => isSameShape(shape, expected.variables[at] ?? []))
  );
}

function isSameShape(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((token, at) => Object.is(token, other[at]));
}

/** Functions, and instances of classes. */
function mayHide(object: object): boolean {
  if (typeof object === 'function') return !types.isProxy(object);
  if (types.isProxy(object) || Array.isArray(object)) return false;
  const prototype = Reflect.getPrototypeOf(object);
  return prototype !== null && prototype !== Object.prototype;
}

/** The engine lists globals, variables of scripts and of modules as scopes of their own. */
function variablesIn(
  { description, variables }: Scope,
  isOfModule: (names: readonly string[]) => boolean,
): readonly unknown[] {
  const names = Object.keys(variables);
  const isOther = /^(?:Global|Script|Module)/.test(description) || names.length > variablesMax;
  return isOther || isOfModule(names) ? [] : names.map((name): unknown => Reflect.get(variables, name));
}
