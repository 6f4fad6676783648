import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** A JSON Schema 2020-12 as OpenAPI 3.1 embeds it. */
export type JsonSchema = { readonly [key: string]: unknown };

const timestamp = 'google.protobuf.Timestamp';

/** ProtoJSON of each scalar: 64-bit integers are strings, floating-point numbers may be "NaN" or infinite. */
const scalarSchemas: Readonly<Record<ScalarType, JsonSchema>> = {
  [ScalarType.DOUBLE]: floating(),
  [ScalarType.FLOAT]: floating(),
  [ScalarType.INT64]: { type: 'string', format: 'int64' },
  [ScalarType.UINT64]: { type: 'string', format: 'uint64' },
  [ScalarType.INT32]: { type: 'integer', format: 'int32' },
  [ScalarType.FIXED64]: { type: 'string', format: 'uint64' },
  [ScalarType.FIXED32]: { type: 'integer', minimum: 0 },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: { type: 'string', contentEncoding: 'base64' },
  [ScalarType.UINT32]: { type: 'integer', minimum: 0 },
  [ScalarType.SFIXED32]: { type: 'integer', format: 'int32' },
  [ScalarType.SFIXED64]: { type: 'string', format: 'int64' },
  [ScalarType.SINT32]: { type: 'integer', format: 'int32' },
  [ScalarType.SINT64]: { type: 'string', format: 'int64' },
};

function floating(): JsonSchema {
  return { oneOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
}

/** Schemas of a message and of everything it contains, by name; references point into `#/components/schemas/`. */
export function messageSchemas(roots: readonly DescMessage[]): Record<string, JsonSchema> {
  const schemas = new Map<string, JsonSchema>();
  const waiting = [...roots];
  for (let message = waiting.pop(); message !== undefined; message = waiting.pop()) {
    if (schemas.has(message.name)) continue;
    schemas.set(message.name, objectSchema(message));
    waiting.push(...message.fields.flatMap((field) => containedMessage(field) ?? []));
  }
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function schemaReference(message: DescMessage): JsonSchema {
  return { $ref: `#/components/schemas/${message.name}` };
}

function containedMessage(field: DescField): DescMessage | undefined {
  return field.message === undefined || field.message.typeName === timestamp ? undefined : field.message;
}

function objectSchema(message: DescMessage): JsonSchema {
  // Fields without presence are always written, also with their default.
  const required = message.fields.filter(isAlwaysWritten).map(({ name }) => name);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(message.fields.map((field) => [field.name, fieldSchema(field)])),
  };
}

const implicitPresence = 2;

function isAlwaysWritten({ fieldKind, presence }: DescField): boolean {
  const kind: number = presence;
  return fieldKind === 'list' || fieldKind === 'map' || kind === implicitPresence;
}

function fieldSchema(field: DescField): JsonSchema {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarSchemas[field.scalar];
    case 'enum':
      return enumSchema(field.enum);
    case 'message':
      return messageSchema(field.message);
    case 'list':
      return { type: 'array', items: elementSchema(field) };
    case 'map':
      return { type: 'object', additionalProperties: elementSchema(field) };
  }
}

function elementSchema(field: DescField & { fieldKind: 'list' | 'map' }): JsonSchema {
  if (field.message !== undefined) return messageSchema(field.message);
  if (field.enum !== undefined) return enumSchema(field.enum);
  return field.scalar === undefined ? {} : scalarSchemas[field.scalar];
}

function messageSchema(message: DescMessage): JsonSchema {
  return message.typeName === timestamp ? { type: 'string', format: 'date-time' } : schemaReference(message);
}

function enumSchema(described: DescEnum): JsonSchema {
  return { type: 'string', enum: described.values.map((value) => value.name) };
}
