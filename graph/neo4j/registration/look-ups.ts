/**
 * Runs a pure rule that looks up values one by one, against a store that is read in batches: a value that is not known yet
 * counts as undefined; then all requested values are loaded at once, and the rule runs again until it requests no new one.
 */
export async function withLookUps<V, R>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  rule: (find: (key: string) => V | undefined) => R,
): Promise<R> {
  const known = new Map<string, V | undefined>();
  for (;;) {
    const asked = new Set<string>();
    const result = rule((key) => {
      if (!known.has(key)) asked.add(key);
      return known.get(key);
    });
    if (asked.size === 0) return result;
    const loaded = await load([...asked]);
    for (const key of asked) known.set(key, loaded.get(key));
  }
}
