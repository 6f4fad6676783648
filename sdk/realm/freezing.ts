import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';
import { isIntrinsic, makeAssignable } from './frozen-intrinsics.js';
import { isOpaqueMemory } from './opaque-buffers.js';

/** What was found when a value was frozen. */
export interface Frozen {
  /** Whether all of it is frozen. */
  readonly isComplete: boolean;
  /** The definitions whose objects it holds. */
  readonly held: ReadonlySet<number>;
}

/** Freezes the values of definitions with everything they hold. */
export class Freezing {
  /** The definition that each object was first found in. */
  readonly owners = new Map<object, number>();
  readonly #isShared: (object: object) => boolean;

  /** `isShared`: objects that are frozen already, with everything they hold. */
  constructor(isShared: (object: object) => boolean) {
    this.#isShared = isShared;
  }

  /** `mayKeepState`: functions and instances in the value may keep what cannot be seen from outside. */
  freeze(value: unknown, owner: number, mayKeepState: boolean): Frozen {
    const held = new Set<number>();
    let isComplete = true;
    const waiting: unknown[] = [value];
    while (waiting.length > 0) {
      const at = waiting.pop();
      if (!isObject(at) || isIntrinsic(at) || this.#isShared(at)) continue;
      const known = this.owners.get(at);
      if (known !== undefined) {
        held.add(known);
        continue;
      }
      this.owners.set(at, owner);
      if (isUnfreezable(at) || (mayKeepState && !isPlainData(at))) {
        isComplete = false;
        continue;
      }
      addAll(waiting, frozenParts(at));
    }
    return { isComplete, held };
  }
}

/** Freezes an object, and returns what it holds. */
function frozenParts(value: object): unknown[] {
  // Its instances may have a member of this name.
  if (isOwnPrototype(value)) makeAssignable(value, ['constructor']);
  Object.freeze(value);
  return heldBy(value);
}

function isOwnPrototype(value: object): boolean {
  const made: unknown = Object.getOwnPropertyDescriptor(value, 'constructor')?.value;
  return typeof made === 'function' && Reflect.get(made, 'prototype') === value;
}

const iteratorPrototype = Reflect.getPrototypeOf(Reflect.getPrototypeOf([][Symbol.iterator]()) ?? {});

const storing = new WeakSet();

/** An object with a getter that stores its value in it, once: it is not frozen, and so every bar has its own. */
export function memoising(object: object): object {
  storing.add(object);
  return object;
}

function isUnfreezable(value: object): boolean {
  if (storing.has(value)) return true;
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

/** One by one: there may be more than a call takes. */
function addAll(list: unknown[], more: Iterable<unknown>): void {
  for (const one of more) list.push(one);
}

function heldBy(value: object): unknown[] {
  const held: unknown[] = [Reflect.getPrototypeOf(value)];
  for (const key of Reflect.ownKeys(value)) {
    const members: unknown[] = Object.values(Object.getOwnPropertyDescriptor(value, key) ?? {});
    addAll(held, members);
  }
  if (types.isMap(value)) for (const [key, one] of value) held.push(key, one);
  if (types.isSet(value)) addAll(held, value);
  return held;
}
