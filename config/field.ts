import { z } from 'zod';
import { configSchema, environmentOverrides } from './schema.js';

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
export function listFields(section: FieldNode): readonly (readonly [key: string, field: FieldNode])[] {
  return Object.entries(section.properties ?? {}).map(([key, field]) => [
    key,
    typeof field === 'boolean' ? {} : field,
  ]);
}

export function fieldAt(path: readonly string[]): FieldNode | undefined {
  return path.reduce<FieldNode | undefined>(
    (section, key) => listFields(section ?? {}).find(([name]) => name === key)?.[1],
    configRoot,
  );
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that overrides a field. */
export function findVariable(path: readonly string[]): string | undefined {
  const field = path.join('.');
  return Object.entries(environmentOverrides).find(([, to]) => to.join('.') === field)?.[0];
}

/** The variable that overrides a field, if it is set; an empty one counts as not set. */
export function overriding(path: readonly string[], env: Environment): string | undefined {
  const variable = findVariable(path);
  const text = variable === undefined ? undefined : env[variable];
  return variable !== undefined && isSet(text) && !isServiceLink(variable, text) ? variable : undefined;
}

/** The parsed file with the overrides of the environment. The file itself is not changed. */
export function withEnvironment(file: unknown, env: Environment): unknown {
  if (!isRecord(file)) return file;
  const merged = structuredClone(file);
  for (const [variable, path] of Object.entries(environmentOverrides)) {
    const text = env[variable];
    if (isSet(text) && !isServiceLink(variable, text)) assign(merged, path, typedValue(text, path));
  }
  return merged;
}

/**
 * Kubernetes describes a service `qmtl-api` to every pod as QMTL_API_PORT=tcp://10.0.0.1:8080: such a variable was not set for QMTL.
 * It only ever has this form, which is the port of nothing.
 */
function isServiceLink(variable: string, text: string): boolean {
  return variable.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\/[\w.:[\]-]+:\d+$/.test(text);
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Text that does not match the type of the field stays text, so that the schema reports the variable. */
function typedValue(text: string, path: readonly string[]): string | number | boolean | string[] {
  const type = fieldAt(path)?.type;
  if (type === 'array') return text.split(',').map((entry) => entry.trim());
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  const numeric = type === 'integer' || type === 'number';
  return numeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function assign(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    root[key] = value;
    return;
  }
  const section = root[key] ?? {};
  // Anything but a section is reported by the schema, and must not be hidden by a variable.
  if (!isRecord(section)) return;
  root[key] = section;
  assign(section, rest, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
