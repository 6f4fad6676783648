/** `Object.freeze` does not reach the entries of a Map or a Set, nor the time of a Date: their methods respect it instead. */
export function guardCollections(): void {
  guard(Map.prototype, 'a Map', 'set', 'delete', 'clear');
  guard(Set.prototype, 'a Set', 'add', 'delete', 'clear');
  const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => /^set(?:UTC|Time)/.test(name));
  guard(Date.prototype, 'a Date', ...setters);
}

function guard(prototype: object, what: string, ...names: readonly string[]): void {
  const { isFrozen } = Object;
  const { apply } = Reflect;
  for (const name of names) {
    const native: unknown = Reflect.get(prototype, name);
    if (typeof native !== 'function') continue;
    const guarded = {
      [name](this: unknown, ...args: readonly unknown[]): unknown {
        if (isFrozen(this)) throw new TypeError(`cannot change ${what} that is frozen`);
        return apply(native, this, args);
      },
    };
    Object.defineProperty(prototype, name, { value: guarded[name], writable: true, configurable: true });
  }
}
