import { createServer, type ServerResponse } from 'node:http';
import { QmtlError } from '../domain/base/errors.js';
import { listen } from '../temporal/listen.js';
import type { Metrics } from './telemetry/metrics.js';

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly metrics: Metrics;
  /** Resolves when the process can work; rejects with the reason why not. */
  readonly ready: () => Promise<void>;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

const timeouts = { requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 } as const;

/** What a worker answers over HTTP: `/healthz` while it runs, `/readyz` while it can work, and `/metrics`. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer(timeouts, (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/s, '');
    void answer(request.method ?? '', path, options, response);
  });
  const port = await listen(server, {
    ...options,
    owner: 'the worker',
    hint: 'choose another one with worker.port or QMTL_WORKER_PORT; 0 takes any free one',
  });
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  method: string,
  path: string,
  options: HealthOptions,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'only GET\n', { allow: 'GET, HEAD' });
  switch (path) {
    case '/healthz':
      return end(response, 200, 'ok\n');
    case '/readyz':
      return answerReady(options, response);
    case '/metrics':
      return end(response, 200, await options.metrics.text(), {
        'content-type': options.metrics.contentType,
      });
    default:
      return end(response, 404, 'there are /healthz, /readyz and /metrics\n');
  }
}

async function answerReady({ ready }: HealthOptions, response: ServerResponse): Promise<void> {
  try {
    await ready();
    end(response, 200, 'ok\n');
  } catch (error) {
    end(response, 503, `${error instanceof QmtlError ? error.message : 'not ready'}\n`);
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(body);
}
