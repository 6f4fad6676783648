/** More characters are never a slip of the fingers, and comparing them costs their square. */
const charsMax = 64;

/** The name that a misspelt one most likely stands for: at most a third of its characters differ. Undefined without such a name. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const name = given.slice(0, charsMax).toLowerCase();
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name, candidate.toLowerCase());
    const near = distance <= Math.ceil(Math.max(name.length, candidate.length) / 3);
    if (near && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** Insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
