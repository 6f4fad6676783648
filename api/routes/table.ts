import type { ApiRoute } from '../route.js';
import { nodeRoutes } from './nodes.js';
import { outboxRoutes } from './outbox.js';
import { statusRoutes } from './status.js';
import { strategyRoutes } from './strategies.js';
import { streamRoutes } from './streams.js';

/** The route table; a new read is an entry in one of these files. */
export const apiRoutes: readonly ApiRoute[] = [
  ...statusRoutes,
  ...strategyRoutes,
  ...nodeRoutes,
  ...streamRoutes,
  ...outboxRoutes,
];
