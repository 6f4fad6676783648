/** The bases that classes of a closed module are written with, by the functions that stand in their places. */
const bases = new WeakMap<object, object>();

export function standsFor(checked: object, base: object): void {
  bases.set(checked, base);
}

/** What a class extends, by what it inherits its static members from. */
export function baseOf(prototype: object | null): object | null {
  return prototype === null ? null : (bases.get(prototype) ?? prototype);
}
