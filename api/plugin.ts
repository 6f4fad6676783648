import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

export interface PluginDescription {
  readonly name: string;
  /** Names of plugins that must be there before; a missing one stops the boot, not a request. */
  readonly needs?: readonly string[];
}

/** A named plugin. What it adds belongs to the whole app, not to a scope of its own. */
export function definePlugin(
  { name, needs = [] }: PluginDescription,
  install: (app: FastifyInstance) => Promise<void>,
): FastifyPluginAsync {
  return fastifyPlugin(async (app: FastifyInstance) => install(app), {
    name,
    fastify: '5.x',
    dependencies: [...needs],
  });
}
