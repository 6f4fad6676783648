import { z } from 'zod';
import { mediaTypes } from '../negotiation/media-type.js';
import type { ApiRoute } from '../route.js';
import { type JsonSchema, messageSchemas, schemaReference } from './json-schema.js';

/** The OpenAPI 3.1 description of the API, generated from the route table and the protobuf contracts. */
function openApiDocument(routes: readonly ApiRoute[], version: string): JsonSchema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'QMTL read-only API',
      version,
      description: 'GET and HEAD only. Everything that changes state is a Temporal workflow.',
    },
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route) }])),
    components: {
      schemas: { ...messageSchemas(routes.map((route) => route.response)), ProblemDetails: problemDetails },
    },
  };
}

/** The text that the API serves and that docs/openapi.json contains. */
export function openApiText(routes: readonly ApiRoute[], version: string): string {
  return `${JSON.stringify(openApiDocument(routes, version), undefined, 2)}\n`;
}

const problemDetails: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', description: 'urn:qmtl:error:{code}; the code has a heading in docs/errors.md' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    hint: { type: 'string' },
    instance: { type: 'string' },
    problems: { type: 'array', items: { type: 'object' } },
  },
};

function operation(route: ApiRoute): JsonSchema {
  const schema = schemaReference(route.response);
  return {
    summary: route.summary,
    operationId: operationId(route.path),
    parameters: [...pathParameters(route.path), ...queryParameters(route)],
    responses: {
      200: {
        description: route.response.name,
        headers: { etag: { schema: { type: 'string' } } },
        content: {
          [mediaTypes.json]: { schema },
          [mediaTypes.protobuf]: { schema: { type: 'string', contentMediaType: route.response.typeName } },
        },
      },
      304: { description: 'Not modified: If-None-Match names the current ETag' },
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDetails' } } },
      },
    },
  };
}

function operationId(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  return ['get', ...words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)].join('');
}

function pathParameters(path: string): JsonSchema[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

/** Types are those of the parsed query; a key is required when it has no default. */
function queryParameters(route: ApiRoute): JsonSchema[] {
  const { properties = {} } = z.toJSONSchema(route.query, { io: 'output', unrepresentable: 'any' });
  const { required = [] } = z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'boolean' ? {} : property;
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
      schema,
    };
  });
}
