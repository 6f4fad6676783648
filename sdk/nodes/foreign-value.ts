import { inspect } from 'node:util';
import { isQmtlError, type QmtlError } from '../../domain/base/errors.js';

/** Longest text of an author's value or error in a message. */
const charactersMax = 500;
/** Longest chain of causes in a message. */
const causesMax = 4;

/**
 * What an author's code passed, returned or threw, for messages. Everything here is safe for any value: its getters, its
 * proxy traps and its conversion to text may throw.
 */
export function describeValue(value: unknown): string {
  return shortened(escapeControls(inspected(value)));
}

/** Message and causes of a thrown value; the value itself when it has no message. `keepLines`: line feeds stay as they are. */
export function describeThrown(thrown: unknown, { keepLines = false } = {}): string {
  const texts = new Set<string>();
  const seen = new Set<unknown>();
  for (let at = thrown; seen.size < causesMax && !seen.has(at) && (seen.size === 0 || isObject(at)); ) {
    seen.add(at);
    texts.add(ownText(at));
    at = causeOf(at);
  }
  const text = [...texts].join(': ');
  const lines = keepLines ? text.split('\n') : [text];
  return shortened(lines.map(escapeControls).join('\n'));
}

/** A member of any value; undefined when it cannot be read. */
export function memberOf(value: unknown, name: string | number | symbol): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

/** Whether this or another copy of the library made a value: it froze it, so a copy that an author changed does not count. */
export function isMade(value: unknown, brand: symbol): boolean {
  return memberOf(value, brand) === true && Object.isFrozen(value);
}

/** A text member of an error of any class, from any copy of it; undefined when it is empty. */
export function errorMember(error: unknown, name: 'message' | 'name' | 'stack' | 'code'): string | undefined {
  const text = memberOf(error, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** `isQmtlError` for values of authors. */
export function isForeignQmtlError(value: unknown): value is QmtlError {
  try {
    return isQmtlError(value);
  } catch {
    return false;
  }
}

/** Whether a value can hold others: objects and functions. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function ownText(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown !== '') return thrown;
  const text = errorMember(thrown, 'message') ?? errorMember(thrown, 'code');
  if (text !== undefined) return text;
  const isError = typeof memberOf(thrown, 'stack') === 'string';
  return isError ? `${errorMember(thrown, 'name') ?? 'Error'} without a message` : inspected(thrown);
}

/** The cause, or the first of several errors. */
function causeOf(thrown: unknown): unknown {
  return memberOf(thrown, 'cause') ?? memberOf(memberOf(thrown, 'errors'), 0);
}

const inspection = {
  depth: 2,
  maxArrayLength: 10,
  maxStringLength: 200,
  breakLength: Number.POSITIVE_INFINITY,
  compact: true,
  customInspect: false,
  showProxy: true,
} as const;

function inspected(value: unknown): string {
  try {
    return inspect(value, inspection);
  } catch {
    return `${typeof value === 'function' ? 'a function' : 'an object'} that cannot be shown`;
  }
}

/** Control and format characters could change how a terminal shows the rest of a message. */
function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function shortened(text: string): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}
