import fastify, { type FastifyReply } from 'fastify';
import { isQmtlError, QmtlError } from '../domain/base/errors.js';
import type { GraphReads } from '../domain/ports/graph-reads.js';
import { withTimeLimit } from '../std/node/time-limit.js';
import { recentAnswer } from '../std/recent-answer.js';
import { type Listening, listen } from '../temporal/listen.js';
import type { Metrics } from './telemetry/metrics.js';

export interface OperationsOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The process, as users know it. */
  readonly owner: string;
  /** How to choose another port. */
  readonly hint: string;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
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
/** Milliseconds for which the answer of a dependency is kept, however many probers ask. */
export const readinessKeptMs = 1_000;

const plainText = 'text/plain; charset=utf-8';

/** A dependency without which the process cannot work; `ask` rejects when it does not answer, and must cost little. */
export interface Need {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
}

/** A round trip to the graph store that reads no row. */
export function graphNeed({ nodesByIds }: Pick<GraphReads, 'nodesByIds'>): Need {
  return { name: 'graph', ask: () => nodesByIds([]) };
}

/** Whether a process can work: its own state, and then what it needs. */
export class Readiness {
  #needs: readonly Need[] = [];
  #ownFault: () => string | undefined = () => 'the process starts';

  /** From now on the process is ready while `ownFault` returns nothing and every need answers. `now`: milliseconds of one clock. */
  running(ownFault: () => string | undefined, needs: readonly Need[], now: () => number): void {
    this.#ownFault = ownFault;
    this.#needs = needs.map(({ name, ask }) => ({ name, ask: recentAnswer(ask, readinessKeptMs, now) }));
  }

  /** From now on it is not ready, for the reason given. */
  ending(reason: string): void {
    this.#ownFault = () => reason;
    this.#needs = [];
  }

  /** Why it is not ready, one line each; empty when it is. */
  async faults(): Promise<readonly string[]> {
    const own = this.#ownFault();
    if (own !== undefined) return [own];
    const faults = await Promise.all(this.#needs.map(faultOf));
    return faults.flatMap((fault) => fault ?? []);
  }
}

async function faultOf({ name, ask }: Need): Promise<string | undefined> {
  const late = () => new QmtlError('E_INTERNAL', `no answer in ${probeMs} ms`);
  try {
    await withTimeLimit(probeMs, ask(), late);
    return undefined;
  } catch (error) {
    // The text of an unexpected error may hold addresses and passwords.
    return `${name}: ${isQmtlError(error) ? error.message : 'not ready'}`;
  }
}

/**
 * What a process answers to orchestrators and Prometheus, on a listener of its own, where no limit of the rate and no other
 * request is in the way: `/healthz` while it runs, without a look at any dependency; `/readyz` while it can work; `/metrics`.
 */
export async function startOperations({
  metrics,
  readiness,
  ...address
}: OperationsOptions): Promise<Listening> {
  // No accepted request has a body.
  const app = fastify({
    ...timeouts,
    bodyLimit: 1,
    routerOptions: { ignoreTrailingSlash: true },
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
    const faults = await readiness.faults();
    return faults.length === 0 ? 'ok\n' : reply.code(503).send(`${faults.join('\n')}\n`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return listen(app, address);
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).type(plainText).send('there are /healthz, /readyz and /metrics\n');
}
