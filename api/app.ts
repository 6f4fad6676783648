import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { withSharedProbes } from './dependencies.js';
import type { ApiDeps } from './deps.js';
import { endUnreadable } from './plugins/client-errors.js';
import { type OnFault, problems, sendProblem } from './plugins/problems.js';
import { readOnly } from './plugins/read-only.js';
import { reads } from './plugins/reads.js';

export interface AppOptions {
  /** Limit per client address. */
  readonly requestsPerMinute: number;
  readonly onFault: OnFault;
}

/** All waits of the server in milliseconds; none is left to a default. */
const timeouts = {
  /** For a complete request: one line and a few headers. */
  requestTimeout: 10_000,
  /** For a handler to answer; longer than the limits inside handlers, so that their errors come first. */
  handlerTimeout: 5_000,
  /** For a silent socket. */
  connectionTimeout: 30_000,
  /** For the next request on a kept connection. */
  keepAliveTimeout: 5_000,
  /** For a plugin to be ready at start-up; none waits for anything. */
  pluginTimeout: 10_000,
} as const;

/** Builds the API without listening; tests inject requests. */
export async function buildApp(deps: ApiDeps, options: AppOptions): Promise<FastifyInstance> {
  const { requestsPerMinute, onFault } = options;
  const app = fastify({
    ...timeouts,
    // No accepted request has a body.
    bodyLimit: 1,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void sendProblem(onFault, error, request, reply),
    clientErrorHandler: endUnreadable,
  });
  await app.register(helmet);
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: '1 minute' });
  await app.register(problems(onFault));
  await app.register(readOnly);
  await app.register(reads(withSharedProbes(deps, () => performance.now())));
  return app;
}
