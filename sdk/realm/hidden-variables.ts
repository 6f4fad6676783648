import { types } from 'node:util';
import {
  type CodeLocation,
  type HiddenVariable,
  type Scope,
  viewObjects,
} from '../../std/node/debugger-view.js';
import type { HiddenParts } from './messages.js';
import { differingToken } from './shape-difference.js';
import {
  type KnownObjects,
  partAt,
  type Shape,
  type ShapePart,
  ShapeWriter,
  type WrittenPart,
} from './value-shape.js';

/** How many functions and instances of one value are looked into. */
export const objectsAskedMax = 500;

/** With more variables in one scope, the engine lists them in an order that depends on their names. */
const variablesMax = 60;

/** A function, or an instance of a class, with what the process that asks knows of it. */
export interface HiddenObject {
  readonly object: object;
  readonly location: CodeLocation | undefined;
  readonly isBound: boolean;
  readonly variables: readonly KeptVariable[];
}

/** A variable, a private member, or what a function is bound to. */
export interface KeptVariable extends HiddenVariable {
  readonly shape: Shape;
  /** Its number among those of the value. */
  readonly number: number;
}

/** A value as it can be seen, and what its functions and instances keep. */
export interface Seen {
  readonly shape: Shape;
  /** Those of the value itself, then those that the variables of a round hold. */
  readonly objects: readonly (readonly HiddenObject[])[];
}

interface Watching {
  readonly onReferent?: (referent: object | symbol) => void;
  /** `variable`: the number of the one that the part is of; -1 for the value itself. */
  readonly onPart?: (part: WrittenPart, variable: number) => void;
}

/**
 * Each object is described once, by the first one that keeps it.
 * `isOfModule`: whether a scope with these names is that of a file, whose variables are compared by their names.
 * `onReferent`: is given what the shape of the value describes.
 */
export function seen(
  value: unknown,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
  { onReferent, onPart }: Watching = {},
): Seen {
  let [count, variable, asked]: [number, number, object[]] = [0, -1, []];
  const writer = new ShapeWriter(known, {
    ...(onPart === undefined ? {} : { onPart: (part) => onPart(part, variable) }),
    onReferent: (referent) => {
      if (variable === -1) onReferent?.(referent);
      if (typeof referent === 'symbol' || count >= objectsAskedMax || !mayHide(referent)) return;
      count += 1;
      asked.push(referent);
    },
  });
  const shape = writer.write(value);
  const written = (one: HiddenVariable): KeptVariable => {
    variable += 1;
    return { ...one, shape: writer.write(one.value), number: variable };
  };
  const objects: HiddenObject[][] = [];
  while (asked.length > 0) {
    const ofRound = asked;
    asked = [];
    objects.push(keptBy(ofRound, isOfModule, written));
  }
  return { shape, objects };
}

function keptBy(
  asked: readonly object[],
  isOfModule: (names: readonly string[]) => boolean,
  written: (variable: HiddenVariable) => KeptVariable,
): HiddenObject[] {
  const found: HiddenObject[] = [];
  viewObjects(asked, (index, view) => {
    const bound = view.bound();
    const inScopes = view.scopes().flatMap((scope) => variablesIn(scope, isOfModule));
    found.push({
      object: asked[index] ?? view,
      location: view.location(),
      isBound: bound.length > 0,
      variables: [...bound, ...view.privateMembers(), ...inScopes].map(written),
    });
  });
  return found;
}

/** The part of a variable, by its number, that a token of its shape describes. */
export function partInVariable(
  value: unknown,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
  { number, token }: { readonly number: number; readonly token: number },
): ShapePart {
  const parts: WrittenPart[] = [];
  seen(value, known, isOfModule, {
    onPart: (part, variable) => {
      if (variable === number) parts.push(part);
    },
  });
  return partAt(parts, token);
}

/** An object of the program, and what a realm has in its place. */
export interface HiddenPair {
  readonly live: HiddenObject;
  readonly expected: HiddenParts;
  /** The first variable that differs, as far as that is known. */
  readonly different: DifferentVariable | undefined;
}

export interface DifferentVariable {
  readonly variable: KeptVariable;
  readonly expected: Shape;
}

/**
 * The objects of two equal shapes, in pairs. When one keeps another number of variables than its counterpart, as when a compiler
 * added some, the variables from there on cannot be told apart.
 */
export function pairsOf(
  live: Seen['objects'],
  expected: readonly (readonly HiddenParts[])[],
): readonly HiddenPair[] {
  const rounds = live.map((round, index) => roundPairs(round, expected[index]));
  const end = rounds.findIndex((round) => !round.isAligned);
  return (end === -1 ? rounds : rounds.slice(0, end + 1)).flatMap(({ pairs }) => pairs);
}

/** `isAligned`: whether each keeps as many variables as its counterpart. */
function roundPairs(
  round: readonly HiddenObject[],
  others: readonly HiddenParts[] = [],
): { readonly pairs: readonly HiddenPair[]; readonly isAligned: boolean } {
  if (others.length !== round.length) return { pairs: [], isAligned: false };
  const pairs: HiddenPair[] = [];
  let isAligned = true;
  for (const [at, expected] of others.entries()) {
    const one = round[at];
    if (one === undefined) continue;
    isAligned &&= one.variables.length === expected.variables.length;
    const different = isAligned ? differentVariable(one, expected) : undefined;
    pairs.push({ live: one, expected, different });
  }
  return { pairs, isAligned };
}

function differentVariable(one: HiddenObject, other: HiddenParts): DifferentVariable | undefined {
  for (const [at, variable] of one.variables.entries()) {
    const expected = other.variables[at] ?? [];
    if (differingToken(variable.shape, expected) !== undefined) return { variable, expected };
  }
  return undefined;
}

/** Functions, and instances of classes. */
function mayHide(object: object): boolean {
  if (typeof object === 'function') return !types.isProxy(object);
  if (types.isProxy(object)) return false;
  const prototype = Reflect.getPrototypeOf(object);
  return prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype;
}

/** The engine lists globals, variables of scripts and of modules as scopes of their own. */
function variablesIn(
  { description, variables }: Scope,
  isOfModule: (names: readonly string[]) => boolean,
): readonly HiddenVariable[] {
  const names = Object.keys(variables);
  const isOther = /^(?:Global|Script|Module)/.test(description) || names.length > variablesMax;
  return isOther || isOfModule(names)
    ? []
    : names.map((name): HiddenVariable => ({ name, value: Reflect.get(variables, name) }));
}
