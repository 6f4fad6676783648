import { SeriesColumn } from '../nodes/column.js';
import { isObject } from '../nodes/foreign-value.js';
import { noting, trying } from './engine-limits.js';

/**
 * When a loop, an array pattern or a function of the language ends an iteration because of an error, it calls the method `return`
 * of the iterator, and drops what that throws. With what is here, errors of the engine's limits are noted before.
 */

type Method = (...args: readonly unknown[]) => unknown;

/** The member of every object that array patterns read: the object itself, with a guarded iterator. */
export const closed: unique symbol = Symbol('closed');

/** What a loop goes over: iterators of the language have no method `return`; others are guarded. */
export function closing(iterable: unknown): unknown {
  if (hasPlainIterator(iterable)) return iterable;
  trying();
  const method: unknown = isNothing(iterable)
    ? undefined
    : Reflect.get(Object(iterable), Symbol.iterator, iterable);
  if (!isMethod(method)) throw new TypeError(`${kindOf(iterable)} is not iterable`);
  return guarded(iterable, method);
}

/** Like `closing`, for functions that also take what is not iterable. */
function closingIfIterable(value: unknown): unknown {
  if (isNothing(value) || hasPlainIterator(value)) return value;
  const method: unknown = Reflect.get(Object(value), Symbol.iterator, value);
  return isMethod(method) ? closing(guarded(value, method)) : value;
}

const { hasOwn, getPrototypeOf } = Object;
/** Their iterators have no method `return`, or one that executes no code of an author. */
const plainPrototypes: ReadonlySet<unknown> = new Set([
  ...[Array.prototype, Map.prototype, Set.prototype, SeriesColumn.prototype],
  ...[
    Float64Array,
    Float32Array,
    Int32Array,
    Uint32Array,
    Int16Array,
    Uint16Array,
    Int8Array,
    Uint8Array,
  ].map((one) => one.prototype),
]);

function hasPlainIterator(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return isObject(value) && plainPrototypes.has(getPrototypeOf(value)) && !hasOwn(value, Symbol.iterator);
}

function guarded(iterable: unknown, method: Method): object {
  return {
    [Symbol.iterator]: (): object => {
      trying();
      const iterator: unknown = Reflect.apply(method, iterable, []);
      if (!isObject(iterator)) throw new TypeError('Result of the Symbol.iterator method is not an object');
      const next: unknown = Reflect.get(iterator, 'next');
      return {
        next: () => (isMethod(next) ? Reflect.apply(next, iterator, []) : notAFunction('next')),
        get return() {
          return noting(() => guardedReturn(iterator));
        },
      };
    },
  };
}

function guardedReturn(iterator: object): Method | undefined {
  const method: unknown = Reflect.get(iterator, 'return');
  if (isNothing(method)) return undefined;
  return () =>
    noting(() => (isMethod(method) ? Reflect.apply(method, iterator, []) : notAFunction('return')));
}

function notAFunction(name: string): never {
  throw new TypeError(`${name} of an iterator is not a function`);
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}

function kindOf(value: unknown): string {
  if (isNothing(value)) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Replaces what iterates over a value of the author; returns the constructors among it. */
export function guardIteration(): Readonly<Record<string, object>> {
  addClosed(Object.prototype);
  guardMember(Array, 'from');
  guardMember(Object, 'fromEntries');
  return Object.fromEntries([Map, Set, WeakMap, WeakSet].map((one) => [one.name, guardedConstructor(one)]));
}

function addClosed(prototype: object): void {
  Object.defineProperty(prototype, closed, {
    get(this: unknown) {
      return closing(this);
    },
  });
}

function guardMember(owner: object, name: string): void {
  const native: unknown = Reflect.get(owner, name);
  if (!isMethod(native)) return;
  const guard = {
    [name](this: unknown, iterable: unknown, ...rest: readonly unknown[]): unknown {
      return Reflect.apply(native, this, [closingIfIterable(iterable), ...rest]);
    },
  };
  Object.defineProperty(owner, name, { value: guard[name] });
}

/** A constructor of collections, which adds the entries of its argument with a method that a subclass may replace. */
function guardedConstructor(native: new (iterable?: never) => object): object {
  const guard = function (this: unknown, ...args: readonly unknown[]): unknown {
    if (new.target === undefined) throw new TypeError(`Constructor ${native.name} requires 'new'`);
    const made: unknown = Reflect.construct(native, args.slice(0, 1).map(closingIfIterable), new.target);
    return made;
  };
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(native))) {
    Object.defineProperty(guard, key, descriptor);
  }
  const species = Object.getOwnPropertyDescriptor(native, Symbol.species);
  if (species !== undefined) Object.defineProperty(guard, Symbol.species, species);
  Object.defineProperty(native.prototype, 'constructor', { value: guard });
  return guard;
}
