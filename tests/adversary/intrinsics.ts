const { getOwnPropertyDescriptor, defineProperty, deleteProperty, ownKeys } = Reflect;
const { getPrototypeOf, is } = Object;

type Member = readonly [key: PropertyKey, descriptor: PropertyDescriptor];

/**
 * The objects of the language as they are now, to undo what a file under test changes in them. Its own code uses no
 * method and no iterator, since these may be what was changed.
 */
export class Intrinsics {
  readonly #kept: (readonly [value: object, members: readonly Member[]])[] = [];
  readonly #seen = new Set<object>();

  constructor() {
    for (const key of ownKeys(globalThis)) {
      const value: unknown = getOwnPropertyDescriptor(globalThis, key)?.value;
      if (isBuiltIn(key, value)) this.#keep(value);
    }
    this.#keep(globalThis);
    for (const one of [[].values(), new Map().entries(), new Set().values(), (function* empty() {})()]) {
      this.#keep(getPrototypeOf(one));
      this.#keep(getPrototypeOf(getPrototypeOf(one)));
    }
  }

  #keep(value: object): void {
    if (this.#seen.has(value)) return;
    this.#seen.add(value);
    const members = ownKeys(value).map((key): Member => [key, getOwnPropertyDescriptor(value, key) ?? {}]);
    this.#kept.push([value, members]);
    const prototype: unknown = getOwnPropertyDescriptor(value, 'prototype')?.value;
    if (typeof prototype === 'object' && prototype !== null) this.#keep(prototype);
  }

  restore(): void {
    for (let index = 0; index < this.#kept.length; index += 1) {
      const kept = this.#kept[index];
      if (kept !== undefined) restoreObject(kept[0], kept[1]);
    }
  }
}

function restoreObject(value: object, members: readonly Member[]): void {
  const now = ownKeys(value);
  for (let index = 0; index < now.length; index += 1) {
    const key = now[index];
    if (key !== undefined && !isMember(members, index, key)) deleteProperty(value, key);
  }
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index];
    if (member !== undefined && isChanged(value, member[0], member[1]))
      defineProperty(value, member[0], member[1]);
  }
}

/** Members keep their order, so that most are found where they are expected. */
function isMember(members: readonly Member[], expected: number, key: PropertyKey): boolean {
  if (members[expected]?.[0] === key) return true;
  for (let index = 0; index < members.length; index += 1) if (members[index]?.[0] === key) return true;
  return false;
}

/** Namespaces and classes of the language. Node's own globals are left alone: reading some of them starts something. */
function isBuiltIn(key: PropertyKey, value: unknown): value is object {
  const isNamespace = key === 'Math' || key === 'JSON' || key === 'Reflect' || key === 'Intl';
  return isNamespace || (typeof value === 'function' && typeof key === 'string' && /^[A-Z]/.test(key));
}

function isChanged(value: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  const now = getOwnPropertyDescriptor(value, key);
  return (
    now === undefined ||
    !is(now.value, descriptor.value) ||
    now.get !== descriptor.get ||
    now.set !== descriptor.set
  );
}
