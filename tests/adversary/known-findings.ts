/** Pairs that the product fails today, by the reason. One that passes must leave this list. */
const namesByReason: Readonly<Record<string, readonly string[]>> = {};

export const knownFindings: ReadonlySet<string> = new Set(Object.values(namesByReason).flat());
