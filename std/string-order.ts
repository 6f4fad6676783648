/**
 * Orders strings by Unicode code point (docs/spec/identity.md#hashes-and-text).
 *
 * The default order of JavaScript compares UTF-16 code units, which puts U+1F600 before U+FFFD.
 */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates, the halves of code points past U+FFFF, behind all other code units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Sorts in place by code point and returns the list. */
export function sortByCodePoint<T extends string>(texts: T[]): T[] {
  return texts.length > insertionSortMax ? texts.sort(compareCodePoints) : insertionSort(texts, comesAfter);
}

/** Sorts in place by UTF-16 code unit, as RFC 8785 requires for keys, and returns the list. */
export function sortByCodeUnit(texts: string[]): string[] {
  return texts.length > insertionSortMax ? texts.sort() : insertionSort(texts, (a, b) => a > b);
}

/** Up to this length insertion sort is faster than the built-in one, and allocates nothing. */
const insertionSortMax = 16;

function comesAfter(a: string, b: string): boolean {
  return compareCodePoints(a, b) > 0;
}

function insertionSort<T extends string>(texts: T[], after: (a: string, b: string) => boolean): T[] {
  for (let i = 1; i < texts.length; i += 1) {
    const text = texts[i];
    let slot = i;
    for (let before = texts[slot - 1]; slot > 0; before = texts[slot - 1]) {
      if (text === undefined || before === undefined || !after(before, text)) break;
      texts[slot] = before;
      slot -= 1;
    }
    if (text !== undefined) texts[slot] = text;
  }
  return texts;
}
