import { boundedText } from '../../std/bounded-text.js';
import { endToken, type Shape, type ShapePart } from './value-shape.js';

/** How much of a text is shown. */
export const shownCharsMax = 40;

/** How much of two texts is shown before the first character that differs. */
const contextChars = 10;

/** The first token that differs; undefined when the shapes are equal. */
export function differingToken(found: Shape, expected: Shape): number | undefined {
  const length = Math.max(found.length, expected.length);
  let at = 0;
  while (at < length && Object.is(found[at], expected[at])) at += 1;
  return at === length ? undefined : at;
}

/**
 * What differs, for a message: `found` is the shape of a value in the program, `expected` that which its source makes. `part`: the
 * part of the value in which they differ at a token; `place`: how it is written.
 */
export function describeDifference(
  found: Shape,
  expected: Shape,
  { token, part, place }: { readonly token: number; readonly part: ShapePart; readonly place: string },
): string {
  if (isEnd(found, token)) {
    return `${place} ends in the program, and its source makes ${describeAt(expected, token, 'with its name')} there`;
  }
  if (token === part.at) {
    const by = !isEnd(expected, token)
      ? `its source makes ${describeAt(expected, token, 'with its name')} there`
      : 'its source makes nothing there';
    return `${place} is ${describeAt(found, token)} in the program, and ${by}`;
  }
  const [is, computed] = valuesAt(found, expected, part.at + 1);
  const more = is === computed ? tokensAt(found, expected, token) : '';
  return `${place} is ${is} in the program, and ${computed} by its source${more}`;
}

/** Two values that differ, as they begin at the same position of their shapes. */
function valuesAt(found: Shape, expected: Shape, at: number): readonly [string, string] {
  const [one, other] = [found[at + 1], expected[at + 1]];
  const areTexts = found[at] === 'text' && expected[at] === 'text';
  return areTexts && typeof one === 'string' && typeof other === 'string'
    ? differingTexts(one, other)
    : [describeValueAt(found, at), describeValueAt(expected, at)];
}

/** Values of one kind, whose content differs: an element of a typed array, which has no part of its own. */
function tokensAt(found: Shape, expected: Shape, token: number): string {
  return `: ${shown(found[token])} and ${shown(expected[token])}`;
}

function differingTexts(one: string, other: string): readonly [string, string] {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const start =
    one.length <= shownCharsMax && other.length <= shownCharsMax ? 0 : Math.max(0, at - contextChars);
  const from = (text: string) => {
    const part = JSON.stringify(boundedText(text.slice(start), shownCharsMax));
    return start === 0 ? part : `${part} from its character ${start + 1} on`;
  };
  return [from(one), from(other)];
}

/** The part that begins at a token. */
function describeAt(shape: Shape, at: number, name?: 'with its name'): string {
  const value = describeValueAt(shape, at + 1);
  const [, role = '', named = ''] = memberToken.exec(String(shape[at] ?? '')) ?? [];
  const isMember = name !== undefined && role !== '';
  return isMember ? `the ${role} ${boundedText(named, shownCharsMax)}, ${value}` : value;
}

const memberToken = /^((?:hidden )?(?:symbol )?(?:member|getter|setter)) (.*)$/s;

/** Whether an object has no more parts. */
function isEnd(shape: Shape, at: number): boolean {
  return at >= shape.length || shape[at] === endToken;
}

function describeValueAt(shape: Shape, at: number): string {
  const [kind, content] = [shape[at], shape[at + 1]];
  if (typeof kind !== 'string') return shown(kind);
  if (kind.startsWith('again ')) return 'what is held before';
  const describe = described.get(kind);
  return describe === undefined ? `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}` : describe(content);
}

type Token = Shape[number] | undefined;

const described: ReadonlyMap<string, (content: Token) => string> = new Map([
  ['text', shown],
  ['undefined', String],
  ['boolean', String],
  ['bigint', (content: Token) => `${String(content)}n`],
  ['symbol', String],
  ['object', (content: Token) => (content === 'null' ? 'null' : 'an object')],
  ['language', (content: Token) => `${String(content)} of the language`],
  ['opaque', () => 'what a package defines'],
  ['date', (content: Token) => (typeof content === 'number' ? `the date ${momentOf(content)}` : 'a date')],
  ['pattern', (content: Token) => `the pattern ${boundedText(String(content), shownCharsMax)}`],
]);

function momentOf(time: number): string {
  return Number.isNaN(time) ? 'NaN' : new Date(time).toISOString();
}

function shown(token: Token): string {
  if (typeof token === 'string') return JSON.stringify(boundedText(token, shownCharsMax));
  if (token === undefined) return 'nothing';
  return Object.is(token, -0) ? '-0' : String(token);
}
