import { isObject } from '../nodes/foreign-value.js';

/**
 * Makes every object of the language that code of the realm can reach unchangeable, so that nothing can be stored in it.
 *
 * A property of a frozen prototype cannot be assigned on the objects that inherit it. What ordinary code assigns there
 * (`toString`, `constructor`, the name of an error) is made an accessor that defines the property on the object instead.
 */
export function freezeIntrinsics(roots: readonly object[]): void {
  makeAssignable(Object.prototype, [
    'toString',
    'valueOf',
    'constructor',
    'hasOwnProperty',
    'isPrototypeOf',
    'toLocaleString',
  ]);
  makeAssignable(Function.prototype, ['bind', 'toString', 'constructor']);
  for (const error of errorPrototypes())
    makeAssignable(error, ['name', 'message', 'constructor', 'toString']);
  const found = new Set<object>([...roots, ...hiddenIntrinsics()]);
  for (const object of found) for (const next of reachable(object)) found.add(next);
  for (const object of found) {
    intrinsics.add(object);
    if (hasFastElements(object)) freezeProperties(object);
    else Object.freeze(object);
  }
}

const intrinsics = new WeakSet();

/** Whether an object is part of the realm, and so frozen already. */
export function isIntrinsic(object: object): boolean {
  return intrinsics.has(object);
}

/** Prototypes that no global names. */
function hiddenIntrinsics(): object[] {
  const iterators = [
    [][Symbol.iterator](),
    new Map().keys(),
    new Set().keys(),
    ''[Symbol.iterator](),
    'a'.matchAll(/a/g),
  ];
  const functions = [function* () {}, async () => {}, async function* () {}, () => {}];
  const generators = [(function* () {})()];
  return [...iterators, ...functions, ...generators].map((one) => Reflect.getPrototypeOf(one) ?? {});
}

function errorPrototypes(): object[] {
  return [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError].map(
    (one) => one.prototype,
  );
}

function reachable(object: object): object[] {
  const members = Reflect.ownKeys(object).flatMap((key): unknown[] =>
    Object.values(Object.getOwnPropertyDescriptor(object, key) ?? {}),
  );
  return [...members, Reflect.getPrototypeOf(object)].filter(isObject);
}

/** The values that accessors stand for, by their getters. */
const assignables = new WeakMap<object, unknown>();

/** The value that a getter of `makeAssignable` stands for; undefined for another getter. */
export function valueOfAssignable(getter: object): unknown {
  return assignables.get(getter);
}

/** Lets instances of a prototype that will be frozen have members of their own in place of the named ones. */
export function makeAssignable(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const value: unknown = valueOfMember(prototype, name);
    if (value === undefined) continue;
    const get = () => value;
    assignables.set(get, value);
    Object.defineProperty(prototype, name, {
      get,
      set(this: object, assigned: unknown) {
        if (this === prototype) throw new TypeError(`${name} belongs to the language and cannot be changed`);
        Object.defineProperty(this, name, {
          value: assigned,
          writable: true,
          configurable: true,
          enumerable: true,
        });
      },
      enumerable: false,
      configurable: false,
    });
  }
}

/** The value of a member, also an inherited one; undefined when it is computed. */
function valueOfMember(prototype: object, name: string): unknown {
  for (let at: object | null = prototype; at !== null; at = Reflect.getPrototypeOf(at)) {
    const member = Object.getOwnPropertyDescriptor(at, name);
    if (member !== undefined) return member.value;
  }
  return undefined;
}

/** Freezing these would make every store into a typed array about a hundred times slower (V8 11, Node 20). */
function hasFastElements(object: object): boolean {
  return object === Object.prototype || object === typedArray || Object.getPrototypeOf(object) === typedArray;
}

const typedArray = Reflect.getPrototypeOf(Float64Array.prototype);

/** Like `Object.freeze`, except for what engines note about elements. */
function freezeProperties(object: object): void {
  for (const key of Reflect.ownKeys(object)) {
    const isValue = 'value' in (Object.getOwnPropertyDescriptor(object, key) ?? {});
    Object.defineProperty(
      object,
      key,
      isValue ? { writable: false, configurable: false } : { configurable: false },
    );
  }
  Object.preventExtensions(object);
}
