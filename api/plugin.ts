import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

export interface PluginDescription {
  readonly name: string;
  /** Plugins that must be registered before this one; a missing one fails the start, not a request. */
  readonly needs?: readonly string[];
}

/** A named plugin; what it adds applies to the whole app, not only to its own scope. */
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
