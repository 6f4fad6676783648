import { QmtlError } from '../../domain/base/errors.js';
import { describeValue } from '../nodes/foreign-value.js';
import type { StreamNode } from '../nodes/node.js';
import type { FieldType } from '../nodes/output-schema.js';

/**
 * Checks the result of compute and stores it as a record does: one value per field, in schema order.
 *
 * Throws `E_COMPUTE` with the names of node and field. NaN and infinities are accepted as float64 values.
 */
export type OutputWriter = (returned: unknown, into: Float64Array) => void;

/** The writer of one node. It is created once and allocates nothing per bar. */
export function outputWriter(node: Pick<StreamNode, 'name' | 'output'>): OutputWriter {
  const fields = Object.entries(node.output);
  const [first] = fields;
  if (fields.length === 1 && first !== undefined && first[0] === 'value') {
    const [name, type] = first;
    return (returned, into) => {
      if (typeof returned === 'number') into[0] = stored(node.name, name, type, returned);
      else writeRow(node.name, fields, returned, into);
    };
  }
  return (returned, into) => writeRow(node.name, fields, returned, into);
}

function writeRow(
  nodeName: string,
  fields: readonly (readonly [string, FieldType])[],
  returned: unknown,
  into: Float64Array,
): void {
  if (!isRow(returned)) throw refused(nodeName, `returned ${describeValue(returned)}, not a row`, fields);
  let known = 0;
  for (const [name, type] of fields) {
    into[known] = stored(nodeName, name, type, returned[name]);
    known += 1;
  }
  for (const name in returned) {
    known -= 1;
    if (known < 0) throw refused(nodeName, `returned more fields than its output has, e.g. ${name}`, fields);
  }
}

function stored(nodeName: string, field: string, type: FieldType, value: unknown): number {
  if (typeof value !== 'number')
    throw refused(nodeName, `returned ${describeValue(value)} for field ${field}`, []);
  if (type === 'int32' && value !== (value | 0)) {
    throw refused(nodeName, `returned ${value} for field ${field}, which is int32`, []);
  }
  return value;
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(
  nodeName: string,
  what: string,
  fields: readonly (readonly [string, FieldType])[],
): QmtlError {
  const row = fields.map(([name, type]) => `${name}: ${type}`).join(', ');
  return new QmtlError('E_COMPUTE', `compute of node ${nodeName} ${what}`, {
    hint: row === '' ? 'every output field is a number' : `return { ${row} }`,
  });
}
