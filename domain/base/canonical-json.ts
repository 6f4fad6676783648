import { isPlainObject, pointerSegment } from '../../std/json.js';
import { sortByCodeUnit } from '../../std/string-order.js';
import { limits } from './limits.js';

/** Why a value has no canonical form. `path` is a JSON Pointer into the value, `''` for the whole. */
export interface JsonFault {
  readonly kind: 'not-json' | 'too-deep';
  readonly path: string;
  readonly reason: string;
}

export type CanonicalResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: JsonFault };

/** Keys that say where, when or on which data a computation ran; not part of an identity (docs/spec/identity.md#params). */
const contextKeys = new Set([
  'world',
  'world_id',
  'world_ids',
  'execution_world',
  'execution_domain',
  'domain',
  'domains',
  'as_of',
  'partition',
  'dataset_fingerprint',
  'timestamp',
  'seed',
  'random_state',
  'env',
]);

/** The text so far, and the rules for writing it. Appending to one string is the cheapest way in V8. */
interface Writer {
  text: string;
  readonly dropContextKeys: boolean;
  /** Nesting of containers; `{}` alone is 1. */
  readonly depthMax: number;
}

/**
 * RFC 8785 (JCS) text of a JSON value, at most `limits.nodeParamsDepthMax` containers deep.
 *
 * Throws TypeError, naming the place, for values JSON has no form for: undefined, NaN, infinities, bigint, functions,
 * class instances, lone surrogates. Use `checkedJson` or `canonicalParams` for values given by a user.
 */
export function canonicalJson(value: unknown): string {
  const canonical = checkedJson(value, limits.nodeParamsDepthMax);
  if (canonical.ok) return canonical.text;
  const { path, reason } = canonical.fault;
  throw new TypeError(`${path === '' ? 'the value' : path} ${reason}`);
}

/** As `canonicalJson`, for values given by a user. */
export function checkedJson(value: unknown, depthMax: number): CanonicalResult {
  const out: Writer = { text: '', dropContextKeys: false, depthMax };
  const fault = write(value, 0, out);
  return fault === undefined ? { ok: true, text: out.text } : { ok: false, fault };
}

/** As `canonicalJson`, after removing the context keys at every depth, in any letter case (docs/spec/identity.md#params). */
export function canonicalParams(
  value: unknown,
  depthMax: number = limits.nodeParamsDepthMax,
): CanonicalResult {
  const out: Writer = { text: '', dropContextKeys: true, depthMax };
  const fault = write(value, 0, out);
  return fault === undefined ? { ok: true, text: out.text } : { ok: false, fault };
}

/** A well-formed string as RFC 8785 writes it. */
export function quoteJson(text: string): string {
  return mayNeedEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Everything JSON escapes, and a little more: `JSON.stringify` decides. */
const mayNeedEscape = /["\\\p{Control}\p{Surrogate}]/u;
const loneSurrogate = /\p{Surrogate}/u;

/** Why a value could not be written; undefined when it was. */
type Fault = JsonFault | undefined;

function write(value: unknown, depth: number, out: Writer): Fault {
  if (typeof value === 'string') return writeText(value, out);
  if (typeof value === 'number') return writeNumber(value, out);
  if (value === null || typeof value === 'boolean') {
    out.text += value;
    return undefined;
  }
  if (typeof value === 'object') return writeContainer(value, depth + 1, out);
  return notJson(`is ${value === undefined ? 'undefined' : `a ${typeof value}`}, not JSON`);
}

/** RFC 8785 uses the number format of ECMAScript; -0 becomes 0. */
function writeNumber(value: number, out: Writer): Fault {
  if (!Number.isFinite(value)) return notJson(`is ${value}, which has no JSON form`);
  out.text += value;
  return undefined;
}

function writeText(text: string, out: Writer): Fault {
  if (!mayNeedEscape.test(text)) out.text += `"${text}"`;
  else if (loneSurrogate.test(text)) return notJson('contains a lone surrogate');
  else out.text += JSON.stringify(text);
  return undefined;
}

function writeContainer(value: object, depth: number, out: Writer): Fault {
  if (depth > out.depthMax) {
    return { kind: 'too-deep', path: '', reason: `is nested more than ${out.depthMax} deep` };
  }
  if (Array.isArray(value)) return writeArray(value, depth, out);
  if (isPlainObject(value)) return writeObject(value, depth, out);
  return notJson('is an instance of a class, not a plain object');
}

function writeArray(items: readonly unknown[], depth: number, out: Writer): Fault {
  out.text += '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) out.text += ',';
    const fault = write(items[i], depth, out);
    if (fault !== undefined) return inside(String(i), fault);
  }
  out.text += ']';
  return undefined;
}

function writeObject(members: Readonly<Record<string, unknown>>, depth: number, out: Writer): Fault {
  let separator = '';
  out.text += '{';
  for (const key of sortByCodeUnit(Object.keys(members))) {
    if (out.dropContextKeys && isContextKey(key)) continue;
    out.text += separator;
    separator = ',';
    const fault = writeMember(key, members[key], depth, out);
    if (fault !== undefined) return fault;
  }
  out.text += '}';
  return undefined;
}

function writeMember(key: string, value: unknown, depth: number, out: Writer): Fault {
  const keyFault = writeText(key, out);
  if (keyFault !== undefined) return { ...keyFault, reason: `has a key that ${keyFault.reason}` };
  out.text += ':';
  const fault = write(value, depth, out);
  return fault === undefined ? undefined : inside(pointerSegment(key), fault);
}

function isContextKey(key: string): boolean {
  const lower = key.toLowerCase();
  return contextKeys.has(lower) || lower.startsWith('env_');
}

function inside(segment: string, fault: JsonFault): JsonFault {
  return { ...fault, path: `/${segment}${fault.path}` };
}

function notJson(reason: string): JsonFault {
  return { kind: 'not-json', path: '', reason };
}
