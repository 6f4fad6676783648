type Descriptors = Readonly<Record<PropertyKey, PropertyDescriptor>>;

/** The objects of the language as they are now, to undo what a file under test changes in them. */
export class Intrinsics {
  readonly #kept = new Map<object, Descriptors>();

  constructor() {
    for (const key of Reflect.ownKeys(globalThis)) {
      const value: unknown = Reflect.getOwnPropertyDescriptor(globalThis, key)?.value;
      if (isBuiltIn(key, value)) this.#keep(value);
    }
    this.#keep(globalThis);
    for (const one of [[][Symbol.iterator](), new Map().entries(), new Set().values(), (function* () {})()]) {
      this.#keep(Object.getPrototypeOf(one));
      this.#keep(Object.getPrototypeOf(Object.getPrototypeOf(one)));
    }
  }

  #keep(value: object): void {
    if (this.#kept.has(value)) return;
    this.#kept.set(value, Object.getOwnPropertyDescriptors(value));
    const prototype: unknown = Reflect.getOwnPropertyDescriptor(value, 'prototype')?.value;
    if (typeof prototype === 'object' && prototype !== null) this.#keep(prototype);
  }

  restore(): void {
    for (const [value, descriptors] of this.#kept) {
      for (const key of Reflect.ownKeys(value)) restoreMember(value, key, descriptors[key]);
      for (const key of Reflect.ownKeys(descriptors)) restoreMember(value, key, descriptors[key]);
    }
  }
}

function restoreMember(value: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor === undefined) Reflect.deleteProperty(value, key);
  else if (isChanged(value, key, descriptor)) Reflect.defineProperty(value, key, descriptor);
}

/** Namespaces and classes of the language. Node's own globals are left alone: reading some of them starts something. */
function isBuiltIn(key: PropertyKey, value: unknown): value is object {
  const isNamespace = key === 'Math' || key === 'JSON' || key === 'Reflect' || key === 'Intl';
  return isNamespace || (typeof value === 'function' && typeof key === 'string' && /^[A-Z]/.test(key));
}

function isChanged(value: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  const now = Reflect.getOwnPropertyDescriptor(value, key);
  return (
    now === undefined ||
    !Object.is(now.value, descriptor.value) ||
    now.get !== descriptor.get ||
    now.set !== descriptor.set
  );
}
