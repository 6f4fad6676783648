/** A text of at most `charsMax` UTF-16 units, and how many were left out; a pair of surrogates is not split. */
export function boundedText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const kept = text.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${text.length - kept.length} more characters)`;
}

/** The first of many names, and how many there are beside. */
export function firstNames(names: readonly string[], namesMax: number): string {
  const listed = names.slice(0, namesMax).join(', ');
  return names.length > namesMax ? `${listed} and ${names.length - namesMax} more` : listed;
}
