/**
 * A value that RFC 8785 can canonicalise.
 *
 * @example
 * ```ts
 * import type { Json } from 'qmtl';
 *
 * const params: Json = { windows: [20, 50], mode: 'fast' };
 * ```
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Whether a value is an object as in JSON, not a class instance, Date or Map. Objects of another realm count too. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A key as a segment of a JSON Pointer (RFC 6901). */
export function pointerSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
