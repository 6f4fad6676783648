/** Media types an answer can have, the preferred one first. */
export const mediaTypes = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

/** The best type an Accept header allows (RFC 9110 §12.5.1); undefined when it allows none. */
export function negotiate(accept: string | undefined): MediaType | undefined {
  // An empty header says no more than a missing one.
  const ranges = (accept?.trim() || '*/*').split(',').map(parseRange);
  const scored = Object.values(mediaTypes).map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const best = scored.reduce((a, b) => (b.quality > a.quality ? b : a));
  return best.quality > 0 ? best.type : undefined;
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return { range, quality: Number.isNaN(value) ? 0 : value };
}

/** The most specific range that covers the type decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const covering = ['*/*', `${type.split('/')[0]}/*`, type];
  const matching = ranges.filter(({ range }) => covering.includes(range));
  return matching.sort((a, b) => covering.indexOf(b.range) - covering.indexOf(a.range))[0]?.quality ?? 0;
}
