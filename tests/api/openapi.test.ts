import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApiText } from '../../api/openapi/document.js';
import { apiRoutes } from '../../api/routes/table.js';
import { packageVersion } from '../../std/node/package-root.js';
import { schemaNamed } from './answer-schema.js';
import { openApi } from './api-fixture.js';

const operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      schema: z.looseObject({}),
    }),
  ),
  responses: z.object({
    200: z.object({
      content: z.object({
        'application/json': z.object({ schema: z.object({ $ref: z.string() }) }),
        'application/x-protobuf': z.object({ schema: z.looseObject({ contentMediaType: z.string() }) }),
      }),
    }),
    default: z.object({ content: z.object({ 'application/problem+json': z.looseObject({}) }) }),
  }),
});
/** Strict where a route could add another method. */
const document = z.object({
  paths: z.record(z.string(), z.strictObject({ get: operation })),
  components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
});

const described = document.parse(JSON.parse(openApiText(apiRoutes, packageVersion)));

test('docs/openapi.json equals the output of `npm run docs`', () => {
  expect(readFileSync('docs/openapi.json', 'utf8')).toBe(openApiText(apiRoutes, packageVersion));
});

test('the API serves the document', async () => {
  const { get } = await openApi({ version: packageVersion });
  const response = await get('/openapi.json');
  expect(response.headers['content-type']).toMatch(/^application\/json/);
  expect(response.body).toBe(readFileSync('docs/openapi.json', 'utf8'));
});

test('the API answers only GET and HEAD', async () => {
  const { app } = await openApi();
  await app.ready();
  const methods = [...app.printRoutes({ commonPrefix: false }).matchAll(/\(([A-Z, ]+)\)/g)];
  expect(methods.length).toBeGreaterThan(apiRoutes.length);
  expect(new Set(methods.flatMap(([, list = '']) => list.split(', ')))).toEqual(new Set(['GET', 'HEAD']));
});

test('every route of the table is served, and described with a schema of its answer', async () => {
  const { app } = await openApi();
  expect(Object.keys(described.paths)).toEqual(apiRoutes.map(({ path }) => path));
  for (const { path, response } of apiRoutes) {
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
    expect(app.hasRoute({ method: 'GET', url }), url).toBe(true);
    const { $ref } = described.paths[path]?.get.responses[200].content['application/json'].schema ?? {};
    expect($ref).toBe(`#/components/schemas/${response.name}`);
    expect(described.components.schemas).toHaveProperty(response.name);
  }
});

test('every operation has a unique name', () => {
  const ids = Object.values(described.paths).map(({ get }) => get.operationId);
  expect(new Set(ids).size).toBe(apiRoutes.length);
});

test('every reference leads to a schema, and every schema is referenced', () => {
  const text = openApiText(apiRoutes, packageVersion);
  const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
  expect([...new Set(referred)].sort()).toEqual(Object.keys(described.components.schemas).sort());
});

test('query parameters have the types of the parsed query', () => {
  const parameters = described.paths['/v1/dag-manager/nodes/by-tags']?.get.parameters;
  expect(parameters).toMatchObject([
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 } },
    { name: 'cursor', required: false, schema: { type: 'string' } },
    { name: 'tags', required: true, schema: { type: 'array', items: { type: 'string' } } },
    { name: 'match_mode', required: false, schema: { enum: ['any', 'all'], default: 'any' } },
    { name: 'interval', required: true, schema: { type: 'integer', minimum: 0 } },
  ]);
});

test('a problem matches its schema', async () => {
  const { get } = await openApi();
  const response = await get('/v1/nowhere');
  expect(() => schemaNamed('ProblemDetails').parse(response.json())).not.toThrow();
});

test('the check of answers refuses fields that the document does not name', () => {
  expect(() => schemaNamed('GraphTotals').parse({ nodes: 3, password: 'x' })).toThrow(/password/);
  expect(() => schemaNamed('GraphTotals').parse({ nodes: '3' })).toThrow(/nodes/);
});
