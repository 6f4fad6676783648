import { QmtlError } from '../../domain/base/errors.js';
import { definePlugin } from '../plugin.js';

const allowedMethods = ['GET', 'HEAD'] as const;

/** Refuses every other method before anything else looks at the request, on any path. */
export const readOnly = definePlugin({ name: 'read-only' }, async (app) => {
  app.addHook('onRequest', async (request, reply) => {
    if (allowedMethods.some((method) => method === request.method)) return;
    reply.header('allow', allowedMethods.join(', '));
    throw new QmtlError('E_METHOD_NOT_ALLOWED', `${request.method} is not answered here`, {
      hint: 'everything that changes state is a workflow: use the SDK or `qmtl submit`',
    });
  });
});
