import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';
import { valueOfAssignable } from './frozen-intrinsics.js';
import { prototypeOf } from './named-intrinsics.js';
import { isOpaqueMemory } from './opaque-buffers.js';

/** A value, as it can be seen without executing any of its code: what one computation makes has one shape. */
export type Shape = readonly (string | number)[];

/** What is known of the objects that a value may hold. */
export interface KnownObjects {
  /** Objects of the language, by their names. */
  readonly intrinsics: ReadonlyMap<object, string>;
  /** Namespaces: their getters only stand for values. */
  readonly namespaces: ReadonlySet<object>;
  /** Files as a whole, and what packages define: their shape depends on the loader and the platform. */
  readonly opaque: ReadonlySet<object>;
}

/** What packages define, with the prototypes of their classes. */
export function opaqueObjects(values: readonly unknown[]): ReadonlySet<object> {
  return new Set([...values, ...values.map(prototypeOf)].filter(isObject));
}

/**
 * What is in memory, in promises, weak collections and iterators, and in variables of functions, is not part of a shape.
 * `onObject`: is given each object that a shape describes.
 */
export function shapeOf(value: unknown, known: KnownObjects, onObject?: (object: object) => void): Shape {
  return new ShapeWriter(known, { onObject }).write(value);
}

/** A part of a value. */
export interface ShapePart {
  /** The position of its first token in the shape. */
  readonly at: number;
  /** Its place in the value, such as `.weights[3]`; empty for the value itself. */
  readonly place: string;
}

/** The part of a value that a token of its shape describes. */
export function partInShape(value: unknown, known: KnownObjects, token: number): ShapePart {
  const parts: WrittenPart[] = [];
  new ShapeWriter(known, { onPart: (part) => parts.push(part) }).write(value);
  const steps: string[] = [];
  const found = parts.findLast(({ at }) => at <= token);
  for (let part = found?.part; part !== undefined; part = part.holder) steps.unshift(shownStep(part.step));
  return { at: found?.at ?? 0, place: steps.join('') };
}

/** A part, and the position of its first token. */
interface WrittenPart {
  readonly at: number;
  readonly part: Part;
}

/** A part of a value that is still to be written. */
interface Part {
  readonly token: string;
  readonly holder: Part | undefined;
  /** How the part is reached from its holder: the key of a member, or a text for what is not a member. */
  readonly step: PropertyKey | { readonly text: string };
  readonly value: unknown;
}

interface Noted {
  readonly onPart?: (part: WrittenPart) => void;
  readonly onObject?: ((object: object) => void) | undefined;
}

class ShapeWriter {
  readonly #known: KnownObjects;
  readonly #tokens: (string | number)[] = [];
  readonly #numbers = new Map<object, number>();
  readonly #noted: Noted;

  constructor(known: KnownObjects, noted: Noted) {
    this.#known = known;
    this.#noted = noted;
  }

  write(value: unknown): Shape {
    const waiting: Part[] = [{ token: '', holder: undefined, step: unwritten, value }];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      this.#noted.onPart?.({ at: this.#tokens.length, part });
      this.#tokens.push(part.token);
      // One by one: there may be more than a call takes.
      for (const one of this.#partsOf(part).reverse()) waiting.push(one);
    }
    return this.#tokens;
  }

  #partsOf(part: Part): Part[] {
    const { value } = part;
    if (!isObject(value)) {
      this.#tokens.push(...primitiveTokens(value));
      return [];
    }
    const number = this.#numbers.get(value);
    const named = this.#known.intrinsics.get(value);
    const isOpaque = types.isModuleNamespaceObject(value) || this.#known.opaque.has(value);
    if (number !== undefined) this.#tokens.push('again', number);
    else if (named !== undefined) this.#tokens.push('language', named);
    else if (isOpaque) this.#tokens.push('opaque');
    if (number !== undefined || named !== undefined || isOpaque) return [];
    this.#numbers.set(value, this.#numbers.size);
    this.#noted.onObject?.(value);
    const kind = kindOf(value);
    this.#tokens.push(kind, ...contentTokens(kind, value));
    if (kind === 'proxy') return [];
    this.#writeElements(value);
    const made = (token: string, step: Part['step'], one: unknown): Part => ({
      token,
      holder: part,
      step,
      value: one,
    });
    const prototype =
      kind === 'function' ? [] : [made('prototype', unwritten, Reflect.getPrototypeOf(value))];
    return [...prototype, ...entryParts(value, made), ...this.#memberParts(kind, value, made)];
  }

  #writeElements(object: object): void {
    if (!types.isTypedArray(object)) return;
    for (const element of object) this.#tokens.push(...primitiveTokens(element));
  }

  #memberParts(kind: string, value: object, made: MakePart): Part[] {
    const parts: Part[] = [];
    for (const key of membersOf(kind, value)) {
      if (isOfItsKind(kind, value, key)) continue;
      const member = this.#memberOf(value, key);
      const isHidden = typeof member.value !== 'function' && !member.enumerable;
      const name = String(key);
      parts.push(made(isHidden ? `hidden ${name}` : name, key, member.value));
    }
    return parts;
  }

  #memberOf(object: object, key: PropertyKey): { readonly value: unknown; readonly enumerable: boolean } {
    const member = Object.getOwnPropertyDescriptor(object, key) ?? {};
    const enumerable = member.enumerable === true;
    const getter: unknown = Reflect.get(member, 'get');
    if (!isObject(getter)) return { value: member.value, enumerable };
    const assignable = valueOfAssignable(getter);
    if (assignable !== undefined) return { value: assignable, enumerable };
    // A getter of an author is not called: it may change something.
    return { value: this.#known.namespaces.has(object) ? Reflect.get(object, key) : getter, enumerable };
  }
}

type MakePart = (token: string, step: Part['step'], value: unknown) => Part;

/** The keys of a typed array begin with those of its elements, which are written already. */
function membersOf(kind: string, value: object): readonly PropertyKey[] {
  const keys = Reflect.ownKeys(value);
  return kind === 'typed array' && types.isTypedArray(value) ? keys.slice(value.length) : keys;
}

function primitiveTokens(value: unknown): (string | number)[] {
  if (typeof value === 'number') return [value];
  if (typeof value === 'string') return ['text', value];
  return [typeof value, String(value)];
}

const kinds: readonly (readonly [kind: string, is: (value: unknown) => boolean])[] = [
  ['proxy', types.isProxy],
  ['function', (value) => typeof value === 'function'],
  ['array', Array.isArray],
  ['memory', isOpaqueMemory],
  ['memory', types.isAnyArrayBuffer],
  ['memory', types.isDataView],
  ['typed array', types.isTypedArray],
  ['map', types.isMap],
  ['set', types.isSet],
  ['date', types.isDate],
  ['pattern', types.isRegExp],
  ['error', types.isNativeError],
  ['boxed', types.isBoxedPrimitive],
  ['promise', types.isPromise],
  ['weak map', types.isWeakMap],
  ['weak set', types.isWeakSet],
  ['iterator', types.isGeneratorObject],
  ['iterator', types.isMapIterator],
  ['iterator', types.isSetIterator],
];

function kindOf(value: object): string {
  return kinds.find(([, is]) => is(value))?.[0] ?? 'object';
}

/** Methods of the language are taken from it: an object may have others in their place. */
function contentTokens(kind: string, value: object): (string | number)[] {
  if (types.isDate(value)) return [Date.prototype.getTime.call(value)];
  if (types.isRegExp(value)) return [sourceOf(value), flagsOf(value)];
  return kind === 'boxed' ? primitiveTokens(unboxed(value)) : [];
}

function sourceOf(pattern: RegExp): string {
  return Reflect.get(RegExp.prototype, 'source', pattern);
}

function flagsOf(pattern: RegExp): string {
  return Reflect.get(RegExp.prototype, 'flags', pattern);
}

function unboxed(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return types.isSymbolObject(value) ? Symbol.prototype.valueOf.call(value) : undefined;
}

function entryParts(value: object, made: MakePart): Part[] {
  const parts: Part[] = [];
  if (types.isMap(value)) {
    Map.prototype.forEach.call(value, (one: unknown, key: unknown) => {
      const count = parts.length / 2 + 1;
      const step = typeof key === 'object' ? `, value ${count}` : `.get(${shown(key)})`;
      parts.push(made('key', { text: `, key ${count}` }, key), made('value', { text: step }, one));
    });
  }
  if (types.isSet(value)) {
    Set.prototype.forEach.call(value, (one: unknown) => {
      parts.push(made('value', { text: `, value ${parts.length + 1}` }, one));
    });
  }
  return parts;
}

/** Members that every value of a kind has, or that differ with the text of the code or the moment. */
function isOfItsKind(kind: string, value: object, key: PropertyKey): boolean {
  if (key === 'constructor') return true;
  if (kind === 'error') return key === 'stack';
  if (kind !== 'function') return false;
  return ofFunctions.has(key) || (key === 'prototype' && isPristine(Reflect.get(value, key)));
}

const ofFunctions: ReadonlySet<PropertyKey> = new Set(['name', 'length', 'arguments', 'caller']);

/** Whether a function has more than every function has. */
export function hasOwnMembers(made: object): boolean {
  return Reflect.ownKeys(made).some((key) => !isOfItsKind('function', made, key));
}

/** A prototype that nothing was added to. */
function isPristine(prototype: unknown): boolean {
  return isObject(prototype) && Reflect.ownKeys(prototype).every((key) => key === 'constructor');
}

/** The step to what is not written: a value itself, or its prototype. */
const unwritten = { text: '' };

function shownStep(step: Part['step']): string {
  return typeof step === 'object' ? step.text : stepTo(step);
}

function stepTo(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  const name = String(key);
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function shown(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}
