import { isObject } from '../nodes/foreign-value.js';
import { noting } from './engine-limits.js';
import { freezeIntrinsics } from './frozen-intrinsics.js';
import { guardCollections } from './guarded-collections.js';
import { guardIteration } from './guarded-iteration.js';
import { opaqueBuffers } from './opaque-buffers.js';
import { tameGlobals } from './tamed-globals.js';
import { tameDate } from './utc-date.js';

/** The globals that a closed module may name, by name. */
export type RealmGlobals = Readonly<Record<string, unknown>>;

/**
 * Hardens the realm of this thread: from then on it has no clock, randomness, locale, time zone or state that code could
 * share, and the globals it returns are all that a closed module is given.
 *
 * Everything that the thread itself needs must be loaded before. `shared`: its own classes whose instances code can reach.
 */
export function hardenRealm(shared: readonly object[]): RealmGlobals {
  tameGlobals();
  guardCollections();
  const globals = { ...languageGlobals(), ...guardIteration(), ...opaqueBuffers(), Date: tameDate() };
  freezeIntrinsics([...Object.values(globals).filter(isObject), Function.prototype, ...shared]);
  // Packages look for an object with all globals.
  const all: Record<string, unknown> = {
    ...globals,
    Function: Reflect.get(Function.prototype, 'constructor'),
    undefined: undefined,
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
  };
  all.globalThis = all;
  return Object.freeze(all);
}

function languageGlobals(): Record<string, unknown> {
  return {
    ...{
      isFinite,
      isNaN,
      parseFloat,
      parseInt,
      encodeURIComponent,
      decodeURIComponent,
      encodeURI,
      decodeURI,
    },
    ...{ Object, Array, String, Number, Boolean, BigInt, Symbol, Math, JSON, RegExp, Reflect },
    ...{ Map, Set, WeakMap, WeakSet },
    ...{ Float64Array, Float32Array, BigInt64Array, BigUint64Array, Uint8ClampedArray },
    ...{ Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array },
    ...{ Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError },
    structuredClone: (value: unknown) => cloned(value),
  };
}

const clone = structuredClone;

/** Its own error is an object that is not of the language, and shows the text of functions. */
function cloned(value: unknown): unknown {
  try {
    return noting(() => clone(value));
  } catch {
    throw new TypeError('structuredClone cannot copy functions, symbols and what holds them');
  }
}
