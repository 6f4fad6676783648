import { QmtlError } from '../../domain/base/errors.js';
import { definePlugin } from '../plugin.js';

const allowedMethods = ['GET', 'HEAD'] as const;

/** Refuses every other method on any path, before other hooks run. */
export const readOnly = definePlugin({ name: 'read-only' }, async (app) => {
  app.addHook('onRequest', async (request, reply) => {
    if (allowedMethods.some((method) => method === request.method)) return;
    reply.header('allow', allowedMethods.join(', '));
    throw new QmtlError('E_METHOD_NOT_ALLOWED', `${request.method} is not allowed`, {
      hint: 'everything that changes state is a workflow: use the SDK or `qmtl submit`',
    });
  });
});
