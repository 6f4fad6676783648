/** Pairs by name that the product fails today, with the reason. One that passes must leave this list. */
export const knownFindings: ReadonlyMap<string, string> = new Map([
  ['a huge literal is Infinity only by its value', 'the loader folds 1e309'],
]);
