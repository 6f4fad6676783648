import { blake3Hex } from '../../domain/base/blake3.js';
import type { OutputSchema } from './output-schema.js';

/**
 * The schema_compat_id of an output: equal exactly when field names, types and their order are equal.
 *
 * Any other schema has another id, and so makes another node. A compute node loses nothing: code that returns another row
 * is different code anyway. To keep the id of a source when fields are added at the end, set `schemaCompatId`.
 */
export function makeSchemaCompatId(output: OutputSchema): string {
  return `fields:${blake3Hex(fieldsText(output), 16)}`;
}

/** The schema_hash. It changes with the content of records, even when `schemaCompatId` keeps the node the same. */
export function hashSchema(output: OutputSchema): string {
  return `blake3:${blake3Hex(`record of float64\n${fieldsText(output)}`)}`;
}

/** A list of pairs, because the order counts. */
function fieldsText(output: OutputSchema): string {
  return JSON.stringify(Object.entries(output));
}
