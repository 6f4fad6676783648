import { fieldsId, fieldsText, hashFields } from '../../domain/artifacts/record-schema.js';
import type { OutputSchema } from './output-schema.js';

/**
 * The schema_compat_id of an output: equal exactly when field names, types and their order are equal.
 *
 * Any other schema has another id, and so makes another node. A compute node loses nothing: code that returns another row
 * is different code anyway. To keep the id of a source when fields are added at the end, set `schemaCompatId`.
 */
export function makeSchemaCompatId(output: OutputSchema): string {
  return fieldsId(outputFields(output));
}

/** The schema_hash of records with these fields. */
export function hashSchema(output: OutputSchema): string {
  return hashFields(outputFields(output));
}

/** The fields as they are hashed and stored. */
export function outputFields(output: OutputSchema): string {
  return fieldsText(Object.entries(output));
}
