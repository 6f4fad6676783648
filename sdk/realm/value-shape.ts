import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';
import { baseOf } from './checked-bases.js';
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

/** A part of a value. */
export interface ShapePart {
  /** The position of its first token in the shape. */
  readonly at: number;
  /** Its place in the value, such as `.weights[3]`; empty for the value itself. */
  readonly place: string;
}

/** The part of a value that a token of its shape describes. */
export function partInShape(value: unknown, known: KnownObjects, token: number): ShapePart {
  return partAt(partsOf(value, known), token);
}

/** The last part that begins at or before a token. */
export function partAt(parts: readonly WrittenPart[], token: number): ShapePart {
  const found = parts.findLast(({ at }) => at <= token);
  return { at: found?.at ?? 0, place: stepsTo(found?.part) };
}

/** The place of an object in a value; undefined when the value does not hold it. */
export function placeOfObject(value: unknown, known: KnownObjects, object: object): string | undefined {
  const found = partsOf(value, known).find(({ part }) => part.value === object);
  return found === undefined ? undefined : stepsTo(found.part);
}

function partsOf(value: unknown, known: KnownObjects): readonly WrittenPart[] {
  const parts: WrittenPart[] = [];
  new ShapeWriter(known, { onPart: (part) => parts.push(part) }).write(value);
  return parts;
}

function stepsTo(last: Part | undefined): string {
  const steps: string[] = [];
  for (let part = last; part !== undefined; part = part.holder) steps.unshift(shownStep(part.step));
  return steps.join('');
}

/** A part, and the position of its first token. */
export interface WrittenPart {
  readonly at: number;
  readonly part: Part;
}

/** A part of a value that is still to be written. */
export interface Part {
  readonly token: string;
  readonly holder: Part | undefined;
  /** How the part is reached from its holder: the key of a member, or a text for what is not a member. */
  readonly step: PropertyKey | { readonly text: string };
  readonly value: unknown;
}

interface Noted {
  readonly onPart?: (part: WrittenPart) => void;
  /** Is given each object, and each symbol of its own, that a shape describes. */
  readonly onReferent?: ((referent: object | symbol) => void) | undefined;
}

/**
 * Writes the shapes of several values; what an earlier one described is named by its number. What is in memory, in promises, weak
 * collections and iterators, and in variables of functions, is not part of a shape.
 */
export class ShapeWriter {
  readonly #known: KnownObjects;
  #tokens: (string | number)[] = [];
  readonly #numbers = new Map<object | symbol, number>();
  readonly #constructors = new Map<object, number>();
  readonly #noted: Noted;

  constructor(known: KnownObjects, noted: Noted) {
    this.#known = known;
    this.#noted = noted;
  }

  write(value: unknown): Shape {
    this.#tokens = [];
    const waiting: Part[] = [{ token: '', holder: undefined, step: unwritten, value }];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      this.#noted.onPart?.({ at: this.#tokens.length, part });
      this.#tokens.push(part.token);
      if (part.token === endToken) continue;
      // One by one: there may be more than a call takes.
      for (const one of this.#partsOf(part).reverse()) waiting.push(one);
    }
    return this.#tokens;
  }

  #partsOf(part: Part): Part[] {
    const { value } = part;
    if (!isObject(value)) {
      this.#tokens.push(...primitiveTokens(value));
      if (typeof value === 'symbol') this.#tokens.push(this.#numberOf(value));
      return [];
    }
    const name = this.#nameOf(value);
    if (name !== undefined) {
      this.#tokens.push(...name);
      return [];
    }
    this.#numbers.set(value, this.#numbers.size);
    this.#noted.onReferent?.(value);
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
    const parts = [...entryParts(value, made), ...this.#memberParts(kind, value, made)];
    parts.push({ ...part, token: endToken, value: undefined });
    const prototype = baseOf(Reflect.getPrototypeOf(value));
    return hasPrototype(kind, prototype) ? [made('prototype', unwritten, prototype), ...parts] : parts;
  }

  /** What stands for an object that is known already. */
  #nameOf(object: object): readonly string[] | undefined {
    const number = this.#numbers.get(object);
    if (number !== undefined) return [`again ${number}`];
    const named = this.#known.intrinsics.get(object);
    if (named !== undefined) return ['language', named];
    const isOpaque = types.isModuleNamespaceObject(object) || this.#known.opaque.has(object);
    return isOpaque ? ['opaque'] : undefined;
  }

  /** Of a symbol, by its first mention; those that every realm shares have one name. */
  #numberOf(symbol: symbol): string {
    if (Symbol.keyFor(symbol) !== undefined || ofLanguage.has(symbol)) return 'shared';
    const known = this.#numbers.get(symbol);
    if (known !== undefined) return `again ${known}`;
    this.#numbers.set(symbol, this.#numbers.size);
    this.#noted.onReferent?.(symbol);
    return 'unique';
  }

  #writeElements(object: object): void {
    if (!types.isTypedArray(object)) return;
    const length = lengthOf(object);
    for (let at = 0; at < length; at += 1) this.#tokens.push(...primitiveTokens(object[at]));
  }

  #memberParts(kind: string, value: object, made: MakePart): Part[] {
    const parts: Part[] = [];
    for (const key of membersOf(kind, value)) {
      if (key === 'constructor') this.#noteConstructor(value);
      if (!isOfItsKind(kind, value, key)) this.#addMember(parts, value, key, made);
    }
    return parts;
  }

  /** Which function made an instance can be asked for, and so it counts; what the function holds does not. */
  #noteConstructor(prototype: object): void {
    const made = constructorOf(prototype);
    if (made === undefined || this.#known.intrinsics.has(made) || this.#known.opaque.has(made)) return;
    const known = this.#numbers.get(made) ?? this.#constructors.get(made);
    this.#tokens.push(known === undefined ? 'another constructor' : `the constructor ${known}`);
    if (known !== undefined) return;
    // A number that no object has.
    this.#constructors.set(made, -1 - this.#constructors.size);
    this.#noted.onReferent?.(made);
  }

  #addMember(parts: Part[], object: object, key: PropertyKey, made: MakePart): void {
    const member = this.#memberOf(object, key);
    const name = typeof key === 'symbol' ? `${String(key)} ${this.#numberOf(key)}` : String(key);
    const kind = `${member.enumerable ? '' : 'hidden '}${typeof key === 'symbol' ? 'symbol ' : ''}`;
    parts.push(made(`${kind}${member.role} ${name}`, key, member.value));
    if (member.setter !== undefined) parts.push(made(`${kind}setter ${name}`, key, member.setter));
  }

  #memberOf(object: object, key: PropertyKey): Member {
    const member = Object.getOwnPropertyDescriptor(object, key) ?? {};
    const enumerable = member.enumerable === true;
    const [getter, setter]: readonly unknown[] = [Reflect.get(member, 'get'), Reflect.get(member, 'set')];
    const role = 'member';
    if (!isObject(getter)) return { role, value: member.value, enumerable, setter };
    const assignable = valueOfAssignable(getter);
    if (assignable !== undefined) return { role, value: assignable, enumerable };
    if (this.#known.namespaces.has(object)) return { role, value: Reflect.get(object, key), enumerable };
    // A getter of an author is not called: it may change something.
    return { role: 'getter', value: getter, enumerable, setter };
  }
}

/** Ends the parts of an object: without it, a member could be that of the object before. */
export const endToken = ']';

/** The number of elements of a typed array, whose class may have another `length`. */
function lengthOf(array: object): number {
  const length: unknown = Reflect.get(Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}, 'length', array);
  return typeof length === 'number' ? length : 0;
}

interface Member {
  readonly role: 'member' | 'getter';
  readonly value: unknown;
  readonly enumerable: boolean;
  /** That of an author. */
  readonly setter?: unknown;
}

const ofLanguage: ReadonlySet<unknown> = new Set(
  Reflect.ownKeys(Symbol).map((key): unknown => Object.getOwnPropertyDescriptor(Symbol, key)?.value),
);

type MakePart = (token: string, step: Part['step'], value: unknown) => Part;

/** The keys of a typed array begin with those of its elements, which are written already. */
function membersOf(kind: string, value: object): readonly PropertyKey[] {
  const keys = Reflect.ownKeys(value);
  return kind === 'typed array' && types.isTypedArray(value) ? keys.slice(lengthOf(value)) : keys;
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
      const step = isObject(key) ? `, value ${count}` : `.get(${shown(key)})`;
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

/** Functions have one that depends on their kind, except classes that extend another. */
function hasPrototype(kind: string, prototype: object | null): boolean {
  return kind !== 'function' || (typeof prototype === 'function' && prototype !== Function.prototype);
}

/** Members that every value of a kind has, or that differ with the text of the code or the moment. */
function isOfItsKind(kind: string, value: object, key: PropertyKey): boolean {
  if (key === 'constructor') return constructorOf(value) !== undefined;
  if (kind === 'error') return key === 'stack';
  if (kind !== 'function') return false;
  const member = Object.getOwnPropertyDescriptor(value, key);
  if (key === 'prototype') return isPristine(member?.value);
  return (
    typeof key === 'string' && typeof member?.value === ofFunctions.get(key) && member?.enumerable === false
  );
}

/** Types of the members that every function has. Static members of these names can be listed, or are methods. */
const ofFunctions: ReadonlyMap<string, string> = new Map([
  ['name', 'string'],
  ['length', 'number'],
  ['arguments', 'object'],
  ['caller', 'object'],
]);

/** The function whose instances inherit from a prototype; undefined for an object whose `constructor` is something else. */
function constructorOf(prototype: object): object | undefined {
  const member = Object.getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
  const getter: unknown = Reflect.get(member, 'get');
  const made: unknown = isObject(getter) ? valueOfAssignable(getter) : member.value;
  const isIts = typeof made === 'function' && member.enumerable === false && prototypeOf(made) === prototype;
  return isIts ? made : undefined;
}

/** Whether a function has more than every function has. */
export function hasOwnMembers(made: object): boolean {
  return Reflect.ownKeys(made).some((key) => !isOfItsKind('function', made, key));
}

/** A prototype that nothing was added to. */
function isPristine(prototype: unknown): boolean {
  if (!isObject(prototype) || Reflect.ownKeys(prototype).some((key) => key !== 'constructor')) return false;
  const base = Reflect.getPrototypeOf(prototype);
  return Object.hasOwn(prototype, 'constructor')
    ? constructorOf(prototype) !== undefined && base === Object.prototype
    : base === generatorPrototype || base === asyncGeneratorPrototype;
}

/** What the prototype of a function inherits from. */
function inheritedBy(made: object): object | null {
  const prototype = prototypeOf(made);
  return isObject(prototype) ? Reflect.getPrototypeOf(prototype) : null;
}

const generatorPrototype = inheritedBy(function* () {});
const asyncGeneratorPrototype = inheritedBy(async function* () {});

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
