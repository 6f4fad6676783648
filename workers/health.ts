import fastify, { type FastifyReply } from 'fastify';
import { isQmtlError } from '../domain/base/errors.js';
import { withTimeLimit } from '../std/node/time-limit.js';
import { type Listening, listen } from '../temporal/listen.js';
import type { Metrics } from './telemetry/metrics.js';

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly metrics: Metrics;
  /** Resolves when the process can work; rejects with the reason why not. */
  readonly ready: () => Promise<void>;
}

/** Milliseconds for a request to arrive, its answer, its headers, a silent socket, and the next request on a kept connection. */
const timeouts = {
  requestTimeout: 5_000,
  handlerTimeout: 5_000,
  http: { headersTimeout: 5_000 },
  connectionTimeout: 30_000,
  keepAliveTimeout: 5_000,
} as const;

/** Milliseconds for a probe to answer: a prober gives up after a few seconds, and then sees no reason. */
export const probeMs = 2_000;

const plainText = 'text/plain; charset=utf-8';

/** What a worker answers over HTTP: `/healthz` while it runs, `/readyz` while it can work, and `/metrics`. */
export async function startHealthServer({ metrics, ready, ...address }: HealthOptions): Promise<Listening> {
  // No accepted request has a body.
  const app = fastify({
    ...timeouts,
    bodyLimit: 1,
    frameworkErrors: (_error, _request, reply) => void sendNotFound(reply),
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.type(plainText);
    if (request.method === 'GET' || request.method === 'HEAD') return;
    return reply.code(405).header('allow', 'GET, HEAD').send('only GET\n');
  });
  app.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  // The text of an unexpected error may hold addresses and passwords.
  app.setErrorHandler((_error, _request, reply) => reply.code(500).type(plainText).send('not available\n'));
  app.get('/healthz', async () => 'ok\n');
  app.get('/readyz', async (_request, reply) => {
    const fault = await withTimeLimit(probeMs, ready(), () => silent).then(() => undefined, faultText);
    return fault === undefined ? 'ok\n' : reply.code(503).send(`${fault}\n`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return listen(app, {
    ...address,
    owner: 'the worker',
    hint: 'choose another one with worker.port or QMTL_WORKER_PORT; 0 selects any free port',
  });
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).type(plainText).send('there are /healthz, /readyz and /metrics\n');
}

const silent = new Error(`no answer in ${probeMs} ms`);

function faultText(error: unknown): string {
  if (error === silent) return silent.message;
  return isQmtlError(error) ? error.message : 'not ready';
}
