import { runInNewContext } from 'node:vm';
import type { ComputeCode } from '../code/code-analysis.js';
import type { Finding } from '../code/finding.js';
import { realmGlobalNames } from '../code/known-globals.js';
import { isObject } from '../nodes/foreign-value.js';
import { prototypeOf } from '../realm/named-intrinsics.js';

/** A member of the language that the program replaced or added. */
interface ChangedMember {
  readonly name: string;
  /** `Math.hypot`, `Array.prototype.last`. */
  readonly path: string;
}

/**
 * Findings for members of the language that the program has other than every program has, as far as code names them: the realm
 * has them as they are.
 */
export function intrinsicFindings(code: ComputeCode, changed: readonly ChangedMember[]): Finding[] {
  return changed
    .filter(({ name }) => isNamed(code.text, name))
    .map(({ path }) => ({
      code: 'E_CAPTURE',
      place: code.placeOf(undefined),
      message: `uses ${path}, which the program has replaced or added`,
      hint: 'compute has the language as it is: write a function of your own, and call it',
    }));
}

function isNamed(text: string, name: string): boolean {
  return text.includes(`.${name}`) || text.includes(JSON.stringify(name));
}

/** Members of the globals that the realm has, and of their prototypes, which are not those of a new context. */
export function changedIntrinsics(): readonly ChangedMember[] {
  const plain: unknown = runInNewContext('globalThis');
  return realmGlobalNames.flatMap((global) => {
    const own: unknown = Reflect.get(globalThis, global);
    const other: unknown = isObject(plain) ? Reflect.get(plain, global) : undefined;
    // A whole global may be another one while tests fake the time.
    if (global === 'globalThis' || !isObject(own) || !isObject(other) || !isNative(own)) return [];
    const members = changedMembers(own, other, global);
    return [...members, ...changedMembers(prototypeOf(own), prototypeOf(other), `${global}.prototype`)];
  });
}

function changedMembers(own: unknown, other: unknown, path: string): ChangedMember[] {
  if (!isObject(own) || !isObject(other)) return [];
  return Reflect.ownKeys(own).flatMap((key) => {
    const name = String(key);
    if (typeof key === 'symbol' || ofEngine.has(name)) return [];
    const value: unknown = Object.getOwnPropertyDescriptor(own, key)?.value;
    const isOther = !Object.hasOwn(other, key) || (typeof value === 'function' && !isNative(value));
    return isOther ? [{ name, path: `${path}.${name}` }] : [];
  });
}

/** Tools set these to write better traces; compute does not see them. */
const ofEngine: ReadonlySet<string> = new Set(['prepareStackTrace', 'stackTraceLimit', 'captureStackTrace']);

function isNative(value: object): boolean {
  return typeof value !== 'function' || nativeText.test(Function.prototype.toString.call(value));
}

const nativeText = /\{\s*\[native code\]\s*\}$/;
