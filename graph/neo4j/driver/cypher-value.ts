import { QmtlError } from '../../../domain/base/errors.js';

/** A row or a map of the driver, with integers as numbers. */
export type Row = Readonly<Record<string, unknown>>;

/** A parameter of a statement. `undefined` is an absent property. */
export type CypherInput =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CypherInput[]
  | { readonly [name: string]: CypherInput };

/** Converts a parameter: the driver would send every number as a float, and the domain has whole numbers only. Its bytes are signed. */
export function toCypher(value: CypherInput): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(toCypher);
  if (value instanceof Uint8Array) return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toCypher(inner)]));
  }
  return value ?? null;
}

/** Converts a result: the driver returns integers as bigint, and only here they become numbers. */
export function fromCypher(value: unknown): unknown {
  if (typeof value === 'bigint') return smallInteger(value);
  if (Array.isArray(value)) return value.map(fromCypher);
  if (value instanceof Int8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (!isRow(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fromCypher(inner)]));
}

function smallInteger(value: bigint): number {
  const small = Number(value);
  if (Number.isSafeInteger(small)) return small;
  throw new QmtlError('E_INTERNAL', `the graph returned ${value}, which does not fit a number`);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readText(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : unexpected(row, name, 'text');
}

export function readInteger(row: Row, name: string): number {
  const value = row[name];
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : unexpected(row, name, 'an integer');
}

export function readBoolean(row: Row, name: string): boolean {
  const value = row[name];
  return typeof value === 'boolean' ? value : unexpected(row, name, 'true or false');
}

/** Undefined for an absent property. */
export function maybe<T>(row: Row, name: string, read: (row: Row, name: string) => T): T | undefined {
  return row[name] === undefined || row[name] === null ? undefined : read(row, name);
}

export function readTexts(row: Row, name: string): readonly string[] {
  const value = row[name];
  return isTexts(value) ? value : unexpected(row, name, 'a list of texts');
}

export function readRow(row: Row, name: string): Row {
  const value = row[name];
  return isRow(value) ? value : unexpected(row, name, 'a map');
}

export function readRows(row: Row, name: string): readonly Row[] {
  const value = row[name];
  return Array.isArray(value) && value.every(isRow) ? value : unexpected(row, name, 'a list of maps');
}

/** A text of a certain kind: an id, or a word of a closed list. */
export function readKind<T extends string>(row: Row, name: string, is: (text: string) => text is T): T {
  const value = readText(row, name);
  return is(value) ? value : unexpected(row, name, 'text of its kind');
}

export function readKinds<T extends string>(
  row: Row,
  name: string,
  is: (text: string) => text is T,
): readonly T[] {
  const values = readTexts(row, name);
  return values.every(is) ? values : unexpected(row, name, 'texts of their kind');
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function unexpected(row: Row, name: string, expected: string): never {
  throw new QmtlError('E_INTERNAL', `the graph has ${typeof row[name]} in ${name} instead of ${expected}`, {
    hint: 'if the graph was changed by hand, `qmtl neo4j-init` brings its schema up to date',
  });
}
