/**
 * Deletes members of the language that the oldest release of Node for authors lacks: the same module is executed on every
 * release, and helpers of iterators close iterators unseen by `guarded-iteration.ts`.
 */
export function deleteLaterMembers(): void {
  const iterator = Reflect.getPrototypeOf(Reflect.getPrototypeOf([][Symbol.iterator]()) ?? {}) ?? {};
  const later: readonly (readonly [object, readonly (string | symbol)[]])[] = [
    [Array, ['fromAsync']],
    [Object, ['groupBy']],
    [Map, ['groupBy']],
    [Map.prototype, ['getOrInsert', 'getOrInsertComputed']],
    [WeakMap.prototype, ['getOrInsert', 'getOrInsertComputed']],
    [Set.prototype, setMethods],
    [iterator, Reflect.ownKeys(iterator).filter((key) => key !== Symbol.iterator)],
    [JSON, ['rawJSON', 'isRawJSON']],
    [Math, ['f16round', 'sumPrecise']],
    [RegExp, ['escape']],
    [Error, ['isError']],
    [DataView.prototype, ['getFloat16', 'setFloat16']],
  ];
  for (const [object, names] of later) for (const name of names) Reflect.deleteProperty(object, name);
}

const setMethods = [
  ...['union', 'intersection', 'difference', 'symmetricDifference'],
  ...['isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
];
