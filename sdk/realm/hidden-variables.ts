import { type Runtime, Session } from 'node:inspector';
import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';
import { type KnownObjects, type Shape, shapeOf } from './value-shape.js';

/** How many functions and instances of one value are looked into. */
export const objectsAskedMax = 500;

/** With more variables in one scope, the engine lists them in an order that depends on their names. */
const variablesMax = 60;

/** What functions and instances keep where only a debugger sees it: the shapes of the variables, one list for each of them. */
export type HiddenShapes = readonly (readonly Shape[])[];

/** `isOfModule`: whether a scope with these names is that of a file, whose variables are compared by their names. */
export function hiddenShapes(
  value: unknown,
  known: KnownObjects,
  isOfModule: (names: readonly string[]) => boolean,
): HiddenShapes {
  const found: Shape[][] = [];
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  for (const held of waiting) {
    shapeOf(held, known, (object) => {
      if (seen.size >= objectsAskedMax || seen.has(object) || !mayHide(object)) return;
      seen.add(object);
      const variables = variablesOf(object, isOfModule);
      if (variables.length === 0) return;
      found.push(variables.map((one) => shapeOf(one, known)));
      for (const one of variables) waiting.push(one);
    });
  }
  return found;
}

/** Whether variables differ. Where there are not as many, they cannot be told apart. */
export function differ(one: HiddenShapes, other: HiddenShapes): boolean {
  for (const [index, shapes] of one.entries()) {
    const others = other[index];
    if (others?.length !== shapes.length) return false;
    if (shapes.some((shape, at) => !isSame(shape, others[at] ?? []))) return true;
  }
  return false;
}

function isSame(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((token, at) => Object.is(token, other[at]));
}

/** Functions, and instances of classes. */
function mayHide(object: object): boolean {
  if (typeof object === 'function') return !types.isProxy(object);
  if (types.isProxy(object) || Array.isArray(object)) return false;
  const prototype = Reflect.getPrototypeOf(object);
  return prototype !== null && prototype !== Object.prototype;
}

let session: Session | undefined;

function openSession(): Session {
  if (session !== undefined) return session;
  session = new Session();
  session.connect();
  return session;
}

const handover = Symbol.for('qmtl.hidden-variables');

/** Variables of the functions around a function, innermost first, and private members of an instance. */
function variablesOf(object: object, isOfModule: (names: readonly string[]) => boolean): unknown[] {
  const open = openSession();
  const variables: unknown[] = [];
  const taking = {
    object,
    member: (value: unknown) => void variables.push(value),
    scopes: (found: readonly unknown[]) => void variables.push(...inScopes(found, isOfModule)),
  };
  Reflect.set(globalThis, handover, taking);
  try {
    const expression = "globalThis[Symbol.for('qmtl.hidden-variables')].object";
    open.post('Runtime.evaluate', { expression, objectGroup: 'qmtl' }, (_error, found) => {
      const objectId = found?.result.objectId;
      if (objectId !== undefined) takeHidden(open, objectId, taking.member);
    });
    open.post('Runtime.releaseObjectGroup', { objectGroup: 'qmtl' });
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
  return variables;
}

function takeHidden(open: Session, objectId: string, member: (value: unknown) => void): void {
  open.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, found: Properties = {}) => {
    const privates = (found.privateProperties ?? []).flatMap(({ value }) => value ?? []);
    for (const value of privates.filter(({ type }) => type !== 'function')) {
      // Primitives are given as they are, or as a text.
      if (value.objectId === undefined) member(value.unserializableValue ?? value.value);
      else take(open, value, 'member(this)');
    }
    const scopes = found.internalProperties?.find(({ name }) => name === '[[Scopes]]')?.value;
    if (scopes !== undefined) take(open, scopes, 'scopes(Array.from(this))');
  });
}

/** With a part of the protocol that its types leave out. */
interface Properties extends Partial<Runtime.GetPropertiesReturnType> {
  readonly privateProperties?: readonly { readonly value?: Runtime.RemoteObject }[];
}

/** Hands over what the inspector only describes. */
function take(open: Session, { objectId }: Runtime.RemoteObject, call: string): void {
  if (objectId === undefined) return;
  const functionDeclaration = `function () { 'use strict'; globalThis[Symbol.for('qmtl.hidden-variables')].${call}; }`;
  open.post('Runtime.callFunctionOn', { objectId, functionDeclaration });
}

/** The engine lists globals, variables of scripts and of modules as scopes of their own. */
function inScopes(
  scopes: readonly unknown[],
  isOfModule: (names: readonly string[]) => boolean,
): readonly unknown[] {
  return scopes.flatMap((scope) => {
    if (!isObject(scope)) return [];
    const description: unknown = Reflect.get(scope, 'description');
    const variables: unknown = Reflect.get(scope, 'object');
    if (/^(?:Global|Script|Module)/.test(String(description)) || !isObject(variables)) return [];
    const names = Object.keys(variables);
    return names.length > variablesMax || isOfModule(names)
      ? []
      : names.map((name): unknown => Reflect.get(variables, name));
  });
}
