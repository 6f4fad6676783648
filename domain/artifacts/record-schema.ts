import { blake3Hex } from '../base/blake3.js';

/** The fields of a node's records, which its schema hash covers. */
export interface RecordSchema {
  /** `schema_hash` of the nodes with these fields. */
  readonly schemaHash: string;
  /** JSON text of `[[name, type], …]`, in the order in which records hold them. */
  readonly fields: string;
}

/** A list of pairs, because the order counts. */
export function fieldsText(fields: readonly (readonly [name: string, type: string])[]): string {
  return JSON.stringify(fields);
}

/** The schema_hash. It changes with the content of records, even when `schema_compat_id` keeps the node the same. */
export function hashFields(fields: string): string {
  return `blake3:${blake3Hex(`record of float64\n${fields}`)}`;
}

const fieldsIdPrefix = 'fields:';

/** The schema_compat_id that stands for fields: equal exactly when names, types and their order are equal. */
export function fieldsId(fields: string): string {
  return `${fieldsIdPrefix}${blake3Hex(fields, 16)}`;
}

/** Whether a node with this schema_compat_id can have these fields: an id that its author chose says nothing about them. */
export function admitsFields(schemaCompatId: string, fields: string): boolean {
  return !schemaCompatId.startsWith(fieldsIdPrefix) || schemaCompatId === fieldsId(fields);
}

/** The kind of file that a schema is in the graph. */
export const schemaFramework = 'qmtl-schema';

/** Its unique path there. */
export function schemaPath(schemaHash: string): string {
  return `schemas/${schemaHash}`;
}
