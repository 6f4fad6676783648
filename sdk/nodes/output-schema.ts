import { pointerSegment } from '../../std/json.js';
import type { DefinitionMembers } from './definition-members.js';
import { describeValue } from './foreign-value.js';
import { record } from './member-kinds.js';

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

const schema = record('fields and their types', "name at least one field: { close: 'float64' }");

/** The output of a definition that may leave it out. */
export function readOutput<D extends object>(
  members: DefinitionMembers<D>,
  name: keyof D & string,
): OutputSchema {
  const given = members.optional(name, schema);
  return given === undefined ? singleValue : soundFields(members, name, given);
}

export function requireOutput<D extends object>(
  members: DefinitionMembers<D>,
  name: keyof D & string,
): OutputSchema {
  return soundFields(members, name, members.required(name, schema, singleValue));
}

/** A type that is unknown is a fault, and float64 takes its place. */
function soundFields<D extends object>(
  members: DefinitionMembers<D>,
  member: keyof D & string,
  given: Readonly<Record<string, unknown>>,
): OutputSchema {
  const fields = Object.entries(given);
  if (fields.length === 0) members.note(`/${member}`, 'the output has no field', schema.hint);
  const sound = fields.map(([name, type]): [string, FieldType] => {
    const path = `/${member}/${pointerSegment(name)}`;
    if (!fieldNamePattern.test(name)) {
      const hint = 'a field is a name of at most 64 letters, digits and _, beginning with none of the digits';
      members.note(path, `output field ${describeValue(name)} cannot have this name`, hint);
    }
    if (isFieldType(type)) return [name, type];
    const types = fieldTypes.join(' or ');
    members.note(path, `output field ${name} is ${describeValue(type)}, not ${types}`, `write ${types}`);
    return [name, 'float64'];
  });
  return Object.freeze(Object.fromEntries(sound));
}

export function isFieldType(value: unknown): value is FieldType {
  return fieldTypes.some((type) => type === value);
}
