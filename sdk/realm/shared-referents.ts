/** How many objects that several values hold are noted. */
export const sharedMax = 10_000;

/** An object that two values hold, by the numbers of the values and its number among the objects of each. */
export type Shared = readonly [value: number, object: number, earlierValue: number, earlierObject: number];

/** Notes which objects, and symbols, several values hold: equal values may be of one object or of two. */
export class SharedReferents {
  readonly shared: Shared[] = [];
  readonly #first = new Map<object | symbol, readonly [value: number, object: number]>();

  /** What is called for each object that the shape of a value describes. */
  of(value: number): (referent: object | symbol) => void {
    let object = -1;
    return (referent) => {
      object += 1;
      const first = this.#first.get(referent);
      if (first === undefined) this.#first.set(referent, [value, object]);
      else if (this.shared.length < sharedMax) this.shared.push([value, object, ...first]);
    };
  }
}

/** The first object that two values hold in one list alone; undefined when both lists are the same. */
export function firstDifference(one: readonly Shared[], other: readonly Shared[]): Shared | undefined {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [one[at], other[at]];
    if (left === undefined || right === undefined) return left ?? right;
    if (left.some((number, index) => number !== right[index])) return left;
  }
  return undefined;
}
