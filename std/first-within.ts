/** The first items that together are within a size, but always one. */
export function firstWithin<T>(
  items: readonly T[],
  sizeMax: number,
  sizeOf: (item: T) => number,
): readonly T[] {
  let size = 0;
  const end = items.findIndex((item, index) => {
    size += sizeOf(item);
    return index > 0 && size > sizeMax;
  });
  return end === -1 ? items : items.slice(0, end);
}
