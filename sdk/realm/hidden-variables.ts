import { types } from 'node:util';
import { type Scope, viewObjects } from '../../std/node/debugger-view.js';
import { differingToken } from './shape-difference.js';
import { type KnownObjects, type Shape, shapeOf } from './value-shape.js';

/** How many functions and instances of one value are looked into. */
export const objectsAskedMax = 500;

/** With more variables in one scope, the engine lists them in an order that depends on their names. */
const variablesMax = 60;

/** What functions and instances keep where only a debugger sees it: the shapes of the variables, one list for each of them. */
export type HiddenShapes = readonly (readonly Shape[])[];

/** A variable, or a private member, `#name`, with its value. Declarations of this package name no types of Node. */
export interface HiddenVariable {
  readonly name: string;
  readonly value: unknown;
}

/** A value as it can be seen, and what in it may keep more. */
export interface Seen {
  readonly shape: Shape;
  /** Functions, and instances of classes. */
  readonly hiding: readonly object[];
}

export function seen(value: unknown, known: KnownObjects): Seen {
  const hiding: object[] = [];
  const shape = shapeOf(value, known, (object) => {
    if (mayHide(object)) hiding.push(object);
  });
  return { shape, hiding };
}

/**
 * `isOfModule`: whether a scope with these names is that of a file, whose variables are compared by their names. `onList`: is given
 * the variables of each list.
 */
export function hiddenShapes(
  { hiding }: Seen,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
  onList?: (variables: readonly HiddenVariable[]) => void,
): HiddenShapes {
  const found: Shape[][] = [];
  const asked = new Set<object>();
  const waiting = [hiding];
  for (const objects of waiting) {
    for (const variables of variablesOf(newOf(objects, asked), isOfModule)) {
      const values = variables.map(({ value }) => seen(value, known));
      onList?.(variables);
      found.push(values.map(({ shape }) => shape));
      for (const one of values) waiting.push(one.hiding);
    }
  }
  return found;
}

/** Those that were not asked before, as many as are asked; they are among those that were, from now on. */
function newOf(objects: readonly object[], asked: Set<object>): object[] {
  return objects.filter((one) => {
    if (asked.size >= objectsAskedMax || asked.has(one)) return false;
    asked.add(one);
    return true;
  });
}

/** A variable that differs: its position in the lists, and both shapes. */
export interface HiddenDifference {
  readonly list: number;
  readonly at: number;
  readonly found: Shape;
  readonly expected: Shape;
}

/** The first variable that differs. Where there are not as many, they cannot be told apart. */
export function hiddenDifference(found: HiddenShapes, expected: HiddenShapes): HiddenDifference | undefined {
  for (const [list, shapes] of found.entries()) {
    const others = expected[list];
    if (others?.length !== shapes.length) return undefined;
    for (const [at, shape] of shapes.entries()) {
      const other = others[at] ?? [];
      if (differingToken(shape, other) !== undefined) return { list, at, found: shape, expected: other };
    }
  }
  return undefined;
}

/** Functions, and instances of classes. */
function mayHide(object: object): boolean {
  if (typeof object === 'function') return !types.isProxy(object);
  if (types.isProxy(object) || Array.isArray(object)) return false;
  const prototype = Reflect.getPrototypeOf(object);
  return prototype !== null && prototype !== Object.prototype;
}

/** The private members and the variables of each object that has some. */
function variablesOf(
  objects: readonly object[],
  isOfModule: (names: readonly string[]) => boolean,
): readonly (readonly HiddenVariable[])[] {
  const found: HiddenVariable[][] = [];
  if (objects.length === 0) return found;
  viewObjects(objects, (_index, view) => {
    const inScopes = view.scopes().flatMap((scope) => variablesIn(scope, isOfModule));
    const variables = [...view.privateMembers(), ...inScopes];
    if (variables.length > 0) found.push(variables);
  });
  return found;
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
