import type { DescMessage } from '@bufbuild/protobuf';
import { z } from 'zod';
import { openApiText } from '../../api/openapi/document.js';
import { apiRoutes } from '../../api/routes/table.js';

interface Components {
  readonly components: { readonly schemas: Record<string, z.core.JSONSchema.JSONSchema> };
}

/** JSON Schema resolves references below `$defs`; OpenAPI has the same schemas in another place. */
const document: Components = JSON.parse(
  openApiText(apiRoutes, '').replaceAll('#/components/schemas/', '#/$defs/'),
);

/** The schema of an answer in OpenAPI; it refuses fields that the document does not name. */
export function answerSchema(message: DescMessage): z.ZodType {
  return schemaNamed(message.name);
}

export function schemaNamed(name: string): z.ZodType {
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: document.components.schemas });
}
