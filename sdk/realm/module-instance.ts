import { types } from 'node:util';
import { Script } from 'node:vm';
import { isObject } from '../nodes/foreign-value.js';
import { isIntrinsic, makeAssignable } from './frozen-intrinsics.js';
import { isOpaqueMemory } from './opaque-buffers.js';
import type { RealmGlobals } from './realm.js';

/** Computes one bar of its view. */
export type Compute = (view: object) => unknown;

/** A closed module, compiled. It is called for every instance. */
export type ModuleFunction = (globals: object) => Compute;

/**
 * An instance of a closed module: its constants, evaluated and frozen. When a constant cannot be frozen, because it keeps
 * variables of a call or is an iterator, a generator, a typed array or the like, every bar gets an instance of its own.
 */
export class ModuleInstance {
  readonly #globals: RealmGlobals;
  readonly #module: ModuleFunction;
  readonly #compute: Compute;
  readonly #isFrozen: boolean;

  /** Throws what the module throws while its constants are evaluated. */
  constructor(module: ModuleFunction, globals: RealmGlobals) {
    this.#module = module;
    this.#globals = globals;
    const { compute, isFrozen } = instantiate(module, globals);
    this.#compute = compute;
    this.#isFrozen = isFrozen;
  }

  /** Whether one instance serves all bars. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** The function for the next bar. */
  forBar(): Compute {
    return this.#isFrozen ? this.#compute : this.another();
  }

  /** The function of a fresh instance. */
  another(): Compute {
    return instantiate(this.#module, this.#globals).compute;
  }
}

/** Compiles the text of a closed module. `digest`: names it in the places of errors. */
export function compileModule(text: string, digest: string): ModuleFunction {
  const module: unknown = new Script(text, { filename: digest }).runInThisContext();
  if (typeof module !== 'function')
    throw new TypeError('a closed module is a script whose value is a function');
  return (globals) => {
    const compute: unknown = Reflect.apply(module, undefined, [globals]);
    if (!isCompute(compute)) throw new TypeError('a closed module returns its compute function');
    return compute;
  };
}

function instantiate(
  module: ModuleFunction,
  globals: RealmGlobals,
): { readonly compute: Compute; readonly isFrozen: boolean } {
  const freezing = new Freezing();
  const helpers = {
    harden: <T>(value: T): T => freezing.freeze(value, false),
    renew: <T>(value: T): T => freezing.freeze(value, true),
    caught,
    enumOf,
    commonJs,
    extensible,
    assignable,
    absent,
  };
  Object.setPrototypeOf(helpers, globals);
  const compute = module(helpers);
  return { compute, isFrozen: freezing.isComplete };
}

function isCompute(value: unknown): value is Compute {
  return typeof value === 'function';
}

/** Freezes values with everything they hold. */
class Freezing {
  /** Whether all values are frozen, with everything that belongs to them. */
  isComplete = true;
  readonly #seen = new Set<object>();

  /** `mayKeepState`: functions and instances in the value may keep what cannot be seen from outside. */
  freeze<T>(value: T, mayKeepState: boolean): T {
    const waiting: unknown[] = [value];
    while (waiting.length > 0) {
      const at = waiting.pop();
      if (!isObject(at) || isIntrinsic(at) || this.#seen.has(at)) continue;
      this.#seen.add(at);
      if (isUnfreezable(at) || (mayKeepState && !isPlainData(at))) {
        this.isComplete = false;
        continue;
      }
      // Its instances may have a member of this name.
      if (isOwnPrototype(at)) makeAssignable(at, ['constructor']);
      Object.freeze(at);
      waiting.push(...heldBy(at));
    }
    return value;
  }
}

function isOwnPrototype(value: object): boolean {
  const made: unknown = Object.getOwnPropertyDescriptor(value, 'constructor')?.value;
  return typeof made === 'function' && Reflect.get(made, 'prototype') === value;
}

const iteratorPrototype = Reflect.getPrototypeOf(Reflect.getPrototypeOf([][Symbol.iterator]()) ?? {});

function isUnfreezable(value: object): boolean {
  if (ArrayBuffer.isView(value) || isOpaqueMemory(value)) return true;
  if (types.isWeakMap(value) || types.isWeakSet(value) || types.isProxy(value) || types.isPromise(value))
    return true;
  if (types.isRegExp(value) && (value.global || value.sticky)) return true;
  return Object.prototype.isPrototypeOf.call(iteratorPrototype, value);
}

function isPlainData(value: object): boolean {
  if (typeof value === 'function') return false;
  const prototype = Reflect.getPrototypeOf(value);
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value)
  );
}

function heldBy(value: object): unknown[] {
  const held: unknown[] = [Reflect.getPrototypeOf(value)];
  for (const key of Reflect.ownKeys(value)) {
    const members: unknown[] = Object.values(Object.getOwnPropertyDescriptor(value, key) ?? {});
    held.push(...members);
  }
  if (types.isMap(value)) for (const [key, one] of value) held.push(key, one);
  if (types.isSet(value)) held.push(...value);
  return held;
}

/** An error of the engine's own limits that code of the bar has met; undefined when there was none. */
let limitError: RangeError | undefined;

/**
 * Passes on errors of the engine's own limits: they differ between machines, so no code may go on after one. It is also
 * remembered, because a `finally` block can replace it by another error or result.
 */
function caught(error: unknown): void {
  if (!(error instanceof RangeError) || !engineLimits.has(error.message)) return;
  limitError = error;
  throw error;
}

/** The error of an engine's limit since the last call. */
export function takeLimitError(): RangeError | undefined {
  const error = limitError;
  limitError = undefined;
  return error;
}

const engineLimits: ReadonlySet<string> = new Set([
  'Maximum call stack size exceeded',
  'Invalid string length',
  'Array buffer allocation failed',
]);

/** The object of an enum: names to values, and numbers back to names. A member without a value follows the one before. */
function enumOf(members: readonly (readonly [string, (self: object) => unknown])[]): object {
  const made: Record<string, unknown> = {};
  let next: unknown = 0;
  for (const [name, evaluate] of members) {
    const value = evaluate(made) ?? next;
    made[name] = value;
    if (typeof value === 'number') made[value] = name;
    next = typeof value === 'number' ? value + 1 : undefined;
  }
  return made;
}

/** What a CommonJS file exports: it is executed when it is first asked for, and files may require each other. */
function commonJs(
  file: (this: unknown, module: { exports: unknown }, exports: unknown) => void,
): () => unknown {
  const module: { exports: unknown } = { exports: {} };
  let isLoaded = false;
  return () => {
    if (!isLoaded) {
      isLoaded = true;
      file.call(module.exports, module, module.exports);
    }
    return module.exports;
  };
}

/**
 * The base of a class with private members. Its constructor may return any object, to which the language would then add these
 * members, even if it is frozen.
 */
function extensible(base: unknown): unknown {
  if (typeof base !== 'function') return base;
  const checked = function (this: unknown, ...args: readonly unknown[]): unknown {
    const made: unknown = Reflect.construct(base, args, new.target ?? base);
    if (isObject(made) && Object.isExtensible(made)) return made;
    throw new TypeError('cannot add private members to an object that is frozen');
  };
  Object.setPrototypeOf(checked, base);
  Object.defineProperty(checked, 'prototype', { value: Reflect.get(base, 'prototype'), writable: false });
  return checked;
}

/** A class whose instances may have members of their own in place of the named methods, also when it is frozen. */
function assignable(made: unknown, ...methods: readonly string[]): unknown {
  const prototype: unknown = typeof made === 'function' ? Reflect.get(made, 'prototype') : undefined;
  if (isObject(prototype)) makeAssignable(prototype, methods);
  return made;
}

/** What a package names and the realm does not have. */
function absent(name: string, from: string): never {
  throw new TypeError(
    `the package ${from} uses ${name}, which is not available to compute: import only the function that is needed, or use another package`,
  );
}
