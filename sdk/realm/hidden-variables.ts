import { types } from 'node:util';
import { type CodeLocation, type Scope, viewObjects } from '../../std/node/debugger-view.js';
import { type KnownObjects, type Shape, ShapeWriter } from './value-shape.js';

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
 * The functions and instances that a value holds, and what they keep, in rounds: those of the value itself, then those that the
 * variables of a round hold. Each object is described once, by the first one that keeps it.
 * `isOfModule`: whether a scope with these names is that of a file, whose variables are compared by their names.
 */
export function hiddenObjects(
  value: unknown,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
): readonly (readonly HiddenObject[])[] {
  const rounds: HiddenObject[][] = [];
  let count = 0;
  let asked: object[] = [];
  const writer = new ShapeWriter(known, {
    onReferent: (referent) => {
      if (typeof referent === 'symbol' || count >= objectsAskedMax || !mayHide(referent)) return;
      count += 1;
      asked.push(referent);
    },
  });
  writer.write(value);
  while (asked.length > 0) {
    const ofRound = asked;
    asked = [];
    const round: HiddenObject[] = [];
    viewObjects(ofRound, (index, view) => {
      const bound = view.bound();
      const inScopes = view.scopes().flatMap((scope) => variablesIn(scope, isOfModule));
      const variables = [...bound, ...view.privateMembers(), ...inScopes];
      round.push({
        object: ofRound[index] ?? view,
        location: view.location(),
        isBound: bound.length > 0,
        variables: variables.map((one) => writer.write(one)),
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
  /** Whether both keep the same; also when that is unknown. */
  readonly keepsSame: boolean;
}

/**
 * The objects of two equal shapes, in pairs. When one keeps another number of variables than its counterpart, as when a compiler
 * added some, the variables from there on cannot be told apart: `keepsSame` holds for these.
 */
export function pairsOf(
  live: readonly (readonly HiddenObject[])[],
  expected: readonly (readonly HiddenParts[])[],
): readonly HiddenPair[] {
  const pairs: HiddenPair[] = [];
  let isAligned = true;
  for (const [index, round] of live.entries()) {
    const others = expected[index];
    if (!isAligned || others?.length !== round.length) return pairs;
    for (const [at, one] of round.entries()) {
      const other = others[at];
      if (other === undefined) continue;
      isAligned &&= one.variables.length === other.variables.length;
      pairs.push({ live: one, expected: other, keepsSame: !isAligned || keepSame(one, other) });
    }
  }
  return pairs;
}

function keepSame(one: HiddenObject, other: HiddenParts): boolean {
  return one.variables.every((shape, at) => isSameShape(shape, other.variables[at] ?? []));
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
