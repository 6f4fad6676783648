import { isObject } from '../nodes/foreign-value.js';
import { valueOfAssignable } from './frozen-intrinsics.js';

/**
 * The names of the objects of the language in a realm, such as `Math.max` and `Array.prototype`. `names`: of the globals;
 * `globalOf`: gives them.
 */
export function namedIntrinsics(
  names: Iterable<string>,
  globalOf: (name: string) => unknown,
): ReadonlyMap<object, string> {
  const found = new Map<object, string>();
  const add = (name: string, value: unknown) => {
    if (isObject(value) && !found.has(value)) found.set(value, name);
  };
  const all = [...names].sort().map((name) => ({ name, value: globalOf(name) }));
  const prototypes = all.map(({ name, value }) => ({ name: `${name}.prototype`, value: prototypeOf(value) }));
  const objects = [...all, ...prototypes, ...hiddenPrototypes()];
  for (const { name, value } of objects) add(name, value);
  for (const { name, value } of objects) {
    // The object of all globals holds more than the language.
    if (!isObject(value) || name === 'globalThis') continue;
    for (const key of Reflect.ownKeys(value)) {
      add(`${name}.${String(key)}`, memberOf(value, key));
    }
  }
  return found;
}

/** The value of a member, also of one that instances may have another of. */
function memberOf(object: object, key: PropertyKey): unknown {
  const member = Object.getOwnPropertyDescriptor(object, key) ?? {};
  const getter: unknown = Reflect.get(member, 'get');
  return isObject(getter) ? valueOfAssignable(getter) : member.value;
}

/** What instances of a function inherit from; undefined for other values. */
export function prototypeOf(value: unknown): unknown {
  return typeof value === 'function' ? Object.getOwnPropertyDescriptor(value, 'prototype')?.value : undefined;
}

/** Those of iterators, generators and typed arrays, which no global names. */
function hiddenPrototypes(): { readonly name: string; readonly value: unknown }[] {
  const made: readonly object[] = [
    [].values(),
    new Map().keys(),
    new Set().keys(),
    ''.matchAll(/a/g),
    Object(Reflect.getPrototypeOf([].values())),
    Object(function* () {}.prototype),
    Object(async function* () {}.prototype),
    function* () {},
    async () => {},
    async function* () {},
    Uint8Array,
    Uint8Array.prototype,
  ];
  return made.flatMap((one, index) => {
    const value = Reflect.getPrototypeOf(one);
    return { name: `prototype ${index}`, value };
  });
}
