import type { Problem } from '../../domain/base/errors.js';
import { definitionFault } from './definition-faults.js';

/** Types a field can have. A record stores both as float64; `int32` values are whole and within 32 signed bits. */
const fieldTypes = ['float64', 'int32'] as const;
/**
 * The type of a field.
 *
 * @example
 * ```ts
 * import type { FieldType } from 'qmtl';
 *
 * const types: Readonly<Record<string, FieldType>> = { close: 'float64', volume: 'int32' };
 * ```
 */
export type FieldType = (typeof fieldTypes)[number];

/**
 * Names and types of the fields of a node's bars, in the order in which they are stored.
 *
 * @example
 * ```ts
 * import type { OutputSchema } from 'qmtl';
 *
 * const band: OutputSchema = { low: 'float64', high: 'float64' };
 * ```
 */
export type OutputSchema = Readonly<Record<string, FieldType>>;

/** The default schema of a node. */
export const singleValue = Object.freeze({ value: 'float64' } as const);

/**
 * One bar of output.
 *
 * @example
 * ```ts
 * import type { OutputRow } from 'qmtl';
 *
 * const row: OutputRow<{ low: 'float64'; high: 'float64' }> = { low: 1, high: 2 };
 * ```
 */
export type OutputRow<O extends OutputSchema> = { readonly [F in keyof O]: number };

/**
 * The result of compute: a row, or the number itself when the only field is `value`.
 *
 * @example
 * ```ts
 * import type { ComputeResult } from 'qmtl';
 *
 * const plain: ComputeResult<{ value: 'float64' }> = 1;
 * const row: ComputeResult<{ low: 'float64'; high: 'float64' }> = { low: 1, high: 2 };
 * ```
 */
export type ComputeResult<O extends OutputSchema> = [keyof O] extends ['value']
  ? number | OutputRow<O>
  : OutputRow<O>;

/**
 * Refuses fields that are not in the schema, which TypeScript accepts in returned objects.
 *
 * @example
 * ```ts
 * import type { NoOtherFields } from 'qmtl';
 *
 * type Band = { low: 'float64'; high: 'float64' };
 * const row: NoOtherFields<Band, { low: number; high: number }> = { low: 1, high: 2 };
 * ```
 */
export type NoOtherFields<O extends OutputSchema, R> = R extends number
  ? R
  : { readonly [F in keyof R]: F extends keyof O ? R[F] : never };

const fieldNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** The problems of a schema, with paths relative to the node. */
export function outputFaults(output: OutputSchema): Problem[] {
  const fields = Object.entries(output);
  if (fields.length === 0) {
    return [definitionFault('/output', 'the output has no field', 'name at least one field')];
  }
  const hint = `a field is a name of letters, digits and _ with one of the types ${fieldTypes.join(', ')}`;
  return fields
    .filter(([name, type]) => !fieldNamePattern.test(name) || !fieldTypes.includes(type))
    .map(([name, type]) =>
      definitionFault(`/output/${name}`, `output field ${name}: ${type} cannot be stored`, hint),
    );
}
