/** How often each key occurs, as rows for a statement that locks counters, in the same order in all transactions. */
export function keyCounts(
  keys: readonly string[],
): readonly { readonly key: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => ({ key, count }));
}

/** A number for each of the keys, in the order given, when `last` is the counter of a key after it was incremented by its count. */
export function numbersOf(keys: readonly string[], last: ReadonlyMap<string, number>): readonly number[] {
  const next = new Map(keyCounts(keys).map(({ key, count }) => [key, (last.get(key) ?? count) - count]));
  return keys.map((key) => {
    const number = (next.get(key) ?? 0) + 1;
    next.set(key, number);
    return number;
  });
}
