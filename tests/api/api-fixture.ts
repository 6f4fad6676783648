import { type DescMessage, equals, fromBinary, fromJson, type MessageShape } from '@bufbuild/protobuf';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect, onTestFinished } from 'vitest';
import { type AppOptions, buildApp } from '../../api/app.js';
import type { ApiDeps } from '../../api/deps.js';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { messageRegistry } from '../../proto/registry.js';
import type { Json } from '../../std/json.js';
import { submitWhole } from '../submit-whole.js';
import { answerSchema } from './answer-schema.js';

export interface ApiFixture {
  readonly app: FastifyInstance;
  readonly graph: GraphStore;
  /** Internal errors reported by the app. */
  readonly faults: readonly unknown[];
  readonly commit: (...submissions: readonly Submission[]) => Promise<void>;
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<LightMyRequestResponse>;
  /** The answer of a read, requested in both media types: they are the same message, and its JSON matches OpenAPI. */
  readonly read: <D extends DescMessage>(schema: D, url: string) => Promise<MessageShape<D>>;
}

export function memoryDeps(graph: GraphStore): ApiDeps {
  return {
    graph,
    topics: memoryTopicAdmin(new MemoryBroker(), Date.now),
    observeRun: async () => ({ view: { kind: 'none' } }),
    newestRun: async () => undefined,
    temporalHealth: async () => {},
    profile: 'dev',
    version: '1.2.3',
  };
}

/** The app on an in-memory graph, closed with the test. */
export async function openApi(replaced: Partial<ApiDeps & AppOptions> = {}): Promise<ApiFixture> {
  const graph = memoryGraphStore();
  const faults: unknown[] = [];
  const options = { requestsPerMinute: 10_000, onFault: (error: unknown) => void faults.push(error) };
  const app = await buildApp({ ...memoryDeps(graph), ...replaced }, { ...options, ...replaced });
  onTestFinished(() => app.close());
  const get: ApiFixture['get'] = (url, headers = {}) => app.inject({ method: 'GET', url, headers });
  return {
    app,
    graph,
    faults,
    commit: async (...submissions) => {
      for (const submission of submissions) await submitWhole(graph, submission);
    },
    get,
    read: async (schema, url) => {
      const json = await get(url, { accept: 'application/json' });
      const binary = await get(url, { accept: 'application/x-protobuf' });
      expect([json.statusCode, binary.statusCode], json.body).toEqual([200, 200]);
      expect(json.headers['content-type']).toMatch(/^application\/json/);
      expect(binary.headers['content-type']).toBe('application/x-protobuf');
      const value = json.json<Json>();
      expect(() => answerSchema(schema).parse(value)).not.toThrow();
      const message = fromJson(schema, JSON.parse(json.body), { registry: messageRegistry });
      expect(equals(schema, message, fromBinary(schema, new Uint8Array(binary.rawPayload)))).toBe(true);
      return message;
    },
  };
}

/** Asserts a Problem+JSON answer with its detail; `hint` exists if the client can do something. */
export function expectProblem(
  response: LightMyRequestResponse,
  status: number,
  code: string,
  parts: { readonly detail?: RegExp; readonly hint?: RegExp } = {},
): void {
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const { detail = /./, hint } = parts;
  expect(response.json()).toEqual({
    type: `urn:qmtl:error:${code}`,
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(detail),
    instance: expect.stringMatching(/^\//),
    ...(hint === undefined ? {} : { hint: expect.stringMatching(hint) }),
  });
}

/** A promise that never settles: a dependency that does not answer. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
