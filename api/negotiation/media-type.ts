import type { FastifyRequest } from 'fastify';

/** Media types an answer can have, the preferred one first. */
export const mediaTypes = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

const offered = [mediaTypes.json, mediaTypes.protobuf];

/** A range of `Accept`: a type, all of a kind or all, how much it is wanted, and its place in the header. */
interface MediaRange {
  readonly type: string;
  readonly weight: number;
  readonly place: number;
}

/**
 * The best type the request allows (RFC 9110 §12.5.1); undefined when it allows none. The weight of a type is that of the most
 * exact range it matches; of equal weights the range named first counts. Parameters narrow nothing: a client that adds a charset
 * or a message type gets the one form there is. An empty header counts as a missing one.
 */
export function negotiate({ headers: { accept = '' } }: FastifyRequest): MediaType | undefined {
  if (accept.trim() === '') return mediaTypes.json;
  const ranges = splitOutsideQuotes(accept, ',').map(mediaRange);
  const found = offered.flatMap((type) => {
    const range = rangeFor(type, ranges);
    return range === undefined || range.weight === 0 ? [] : [{ type, range }];
  });
  found.sort((a, b) => b.range.weight - a.range.weight || a.range.place - b.range.place);
  return found[0]?.type;
}

function rangeFor(type: MediaType, ranges: readonly MediaRange[]): MediaRange | undefined {
  for (const form of [type, 'application/*', '*/*']) {
    const [heaviest] = ranges.filter((range) => range.type === form).sort((a, b) => b.weight - a.weight);
    if (heaviest !== undefined) return heaviest;
  }
  return undefined;
}

function mediaRange(text: string, place: number): MediaRange {
  const [type = '', ...parameters] = splitOutsideQuotes(text, ';');
  const weight = parameters.map((parameter) => weightPattern.exec(parameter)).find((match) => match !== null);
  return { type: type.toLowerCase(), weight: weight === undefined ? 1 : weightOf(weight[1]), place };
}

const weightPattern = /^q\s*=\s*(.*)$/i;

/** Between 0 and 1. A weight that is not a number asks for nothing. */
function weightOf(text = ''): number {
  const weight = Number.parseFloat(text);
  return Number.isNaN(weight) ? 0 : Math.min(Math.max(weight, 0), 1);
}

/** The parts of a header, without the white space around them. A separator inside a quoted string is part of its text. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (isQuoted && text[at] === '\\') at += 1;
    else if (!isQuoted && text[at] === separator) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
