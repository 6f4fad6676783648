import type { FastifyReply, FastifyRequest } from 'fastify';
import { QmtlError } from '../../domain/base/errors.js';
import { definePlugin } from '../plugin.js';
import { isOurFault, toProblemDetails } from '../problem.js';

/** Receives every internal error; its text is not sent to the client. */
export type OnFault = (error: unknown) => void;

/** The one error handler. */
export function problems(onFault: OnFault) {
  return definePlugin({ name: 'problems', needs: ['@fastify/rate-limit'] }, async (app) => {
    app.setErrorHandler((error, request, reply) => sendProblem(onFault, error, request, reply));
    // Without the hook, requests for unknown paths would not be rate-limited.
    app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
      sendProblem(onFault, nothingAt(request.url), request, reply),
    );
  });
}

export function sendProblem(
  onFault: OnFault,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblemDetails(error);
  if (isOurFault(problem)) onFault(error);
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send({ ...problem, instance: request.url });
}

function nothingAt(url: string): QmtlError {
  const isForOperators = /^\/(?:healthz|readyz|metrics)(?:[/?]|$)/.test(url);
  return new QmtlError('E_NOT_FOUND', `there is no route ${url}`, {
    hint: isForOperators
      ? 'ask the operations listener of the process: api.operations_host and api.operations_port'
      : 'GET /openapi.json lists every path',
  });
}
