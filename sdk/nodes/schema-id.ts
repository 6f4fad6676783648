import { blake3Hex } from '../../domain/base/blake3.js';
import type { OutputSchema } from './output-schema.js';

/**
 * The schema_compat_id of an output: equal exactly when field names, types and their order are equal.
 *
 * Any other schema is another id, and so another node. For a compute node that is no loss: code that gives another row
 * is other code anyway. The author of a source that only grew at its end keeps the old id with `schemaCompatId`.
 */
export function schemaCompatIdOf(output: OutputSchema): string {
  return `fields:${blake3Hex(fieldsText(output), 16)}`;
}

/** The schema_hash: changes whenever what a record holds changes, even when `schemaCompatId` keeps the node the same. */
export function schemaHashOf(output: OutputSchema): string {
  return `blake3:${blake3Hex(`record of float64\n${fieldsText(output)}`)}`;
}

/** A list of pairs, because order is part of it. */
function fieldsText(output: OutputSchema): string {
  return JSON.stringify(Object.entries(output));
}
