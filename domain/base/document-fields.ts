import type { JsonFault } from './canonical-json.js';
import { excerpt, type ProblemList } from './problem-list.js';

/** Not printable, or without a UTF-8 form. */
const unsafe = /[\p{Control}\p{Surrogate}]/u;
const unsafeOrSeparator = /[|\p{Control}\p{Surrogate}]/u;

/**
 * Reads the members of one JSON object, recording every problem with its place instead of stopping at the first.
 *
 * null and absent are the same. A read that finds a problem returns the value of an absent member.
 */
export class DocumentFields {
  readonly at: string;
  readonly problems: ProblemList;
  readonly members: Readonly<Record<string, unknown>>;

  /** `at`: JSON Pointer of the object in the caller's document. */
  constructor(members: Readonly<Record<string, unknown>>, at: string, problems: ProblemList) {
    this.members = members;
    this.at = at;
    this.problems = problems;
  }

  /** The member as it is; undefined when absent or null. */
  raw(key: string): unknown {
    return this.members[key] ?? undefined;
  }

  path(key: string): string {
    return `${this.at}/${key}`;
  }

  /** Text of at most `charsMax` UTF-16 units without control characters; '' when absent. */
  text(key: string, charsMax: number): string {
    return this.#text(key, charsMax, unsafe);
  }

  /** As `text`, but without `|`, which separates hashed fields. */
  hashedText(key: string, charsMax: number): string {
    return this.#text(key, charsMax, unsafeOrSeparator);
  }

  #text(key: string, charsMax: number, refused: RegExp): string {
    const value = this.members[key];
    if (value === undefined || value === null) return '';
    if (typeof value === 'string' && value.length <= charsMax && !refused.test(value)) return value;
    noteTextFault(value, this.path(key), charsMax, this.problems);
    return '';
  }

  /** A whole number from 0 to `max`, also given as a string of digits; 0 when absent. */
  count(key: string, max: number, unit: string): number {
    const value = this.members[key];
    if (value === undefined || value === null) return 0;
    const number = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max)
      return number + 0;
    this.#noteCountFault(key, number, max, unit);
    return 0;
  }

  #noteCountFault(key: string, value: unknown, max: number, unit: string): void {
    const tooLarge = typeof value === 'number' && value > max;
    this.problems.add(
      tooLarge ? 'E_LIMIT_EXCEEDED' : 'E_SCHEMA_INVALID',
      this.path(key),
      tooLarge ? `${key} is ${value}; at most ${max} ${unit} are allowed` : `${key} is ${excerpt(value)}`,
      `give ${key} as a whole number of ${unit} from 0 to ${max}`,
    );
  }
}

/** Whether a value is text of at most `charsMax` UTF-16 units without control characters or lone surrogates. */
export function isSafeText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value.length <= charsMax && !unsafe.test(value);
}

/** Adds the problem that makes `isSafeText` false, or a separator in a field that may not hold one. */
export function noteTextFault(value: unknown, path: string, charsMax: number, problems: ProblemList): void {
  if (typeof value !== 'string') {
    problems.add('E_SCHEMA_INVALID', path, `is ${excerpt(value)}, not text`, 'give it as a string');
  } else if (value.length > charsMax) {
    const message = `has ${value.length} characters; at most ${charsMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', path, message, 'shorten it');
  } else if (unsafe.test(value)) {
    const message = `${excerpt(value)} contains a control character or a lone surrogate`;
    problems.add('E_SCHEMA_INVALID', path, message, 'use printable text only');
  } else {
    const message = `${excerpt(value)} contains "|", which separates the fields of a NodeID`;
    problems.add('E_SCHEMA_INVALID', path, message, 'use another character');
  }
}

/** Adds the problem of a value without a canonical JSON form. */
export function noteJsonFault(fault: JsonFault, at: string, problems: ProblemList): void {
  problems.add(
    fault.kind === 'too-deep' ? 'E_LIMIT_EXCEEDED' : 'E_SCHEMA_INVALID',
    at + fault.path,
    fault.reason,
    fault.kind === 'too-deep'
      ? 'flatten the value'
      : 'use null, booleans, finite numbers, text, arrays and plain objects',
  );
}
