import { probeDependencies } from '../dependencies.js';
import type { ApiDeps } from '../deps.js';
import { definePlugin } from '../plugin.js';

/** Routes for orchestrators and Prometheus; not part of the public API. */
export function operations(deps: ApiDeps) {
  return definePlugin({ name: 'operations', needs: ['read-only'] }, async (app) => {
    app.get('/healthz', async (_request, reply) => reply.type('text/plain').send('ok\n'));
    app.get('/readyz', async (_request, reply) => {
      const { dependencies } = await probeDependencies(deps);
      const away = dependencies.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}\n`);
      return reply
        .code(away.length === 0 ? 200 : 503)
        .type('text/plain')
        .send(away.length === 0 ? 'ok\n' : away.join(''));
    });
    app.get('/metrics', async (_request, reply) =>
      reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
    );
  });
}
