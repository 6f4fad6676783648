import { z } from 'zod';
import { configSchema } from './schema.js';

/** A field or a section of the configuration, from its JSON Schema. */
export interface FieldNode {
  readonly type?: unknown;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  /** Only of sections. */
  readonly properties?: Readonly<Record<string, FieldNode | boolean>> | undefined;
}

/** The whole configuration. */
export const configRoot: FieldNode = z.toJSONSchema(configSchema, { io: 'input' });

/** Fields of a section, in the order of the schema. */
export function fieldsOf(section: FieldNode): readonly (readonly [key: string, field: FieldNode])[] {
  return Object.entries(section.properties ?? {}).map(([key, field]) => [
    key,
    typeof field === 'boolean' ? {} : field,
  ]);
}

export function fieldAt(path: readonly string[]): FieldNode | undefined {
  return path.reduce<FieldNode | undefined>(
    (section, key) => fieldsOf(section ?? {}).find(([name]) => name === key)?.[1],
    configRoot,
  );
}
