import { isObject } from '../nodes/foreign-value.js';
import { standsFor } from './checked-bases.js';
import { asynchronous, caught, trying } from './engine-limits.js';
import { memoising } from './freezing.js';
import { makeAssignable } from './frozen-intrinsics.js';
import { closed, closing } from './guarded-iteration.js';
import type { RealmGlobals } from './realm.js';

/** `harden` and `renew`: give the value of a definition, by its number and the numbers of those that its code names. */
type DefinitionHelper = (number: number, evaluate: () => unknown, uses: readonly number[]) => unknown;

/** What a closed module is called with: the globals of the realm, and the helpers of docs/spec/identity.md#closed-modules. */
export function moduleHelpers(
  globals: RealmGlobals,
  definitions: { readonly harden: DefinitionHelper; readonly renew: DefinitionHelper },
): object {
  return {
    __proto__: globals,
    ...definitions,
    caught,
    trying,
    closing,
    closed,
    enumOf,
    commonJs,
    extensible,
    assignable,
    absent,
    merged,
    asynchronous,
    memoising,
  };
}

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
  standsFor(checked, base);
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

/** A function, a class or an enum with what namespaces of its name export. `members`: a getter for each. */
function merged(base: object, members: object): object {
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(members));
}

/** What a package names and the realm does not have. */
function absent(name: string, from: string): never {
  throw new TypeError(
    `the package ${from} uses ${name}, which is not available to compute: import only the function that is needed, or use another package`,
  );
}
