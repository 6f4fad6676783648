import { create } from '@bufbuild/protobuf';
import { totalsToWire } from '../../proto/convert/graph.js';
import { StatusResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { probeDependencies } from '../dependencies.js';
import { noQuery } from '../query.js';
import { type ApiRoute, route } from '../route.js';

export const statusRoutes: readonly ApiRoute[] = [
  route({
    path: '/status',
    summary: 'Health: each dependency is probed with a time limit',
    response: StatusResponseSchema,
    query: noQuery,
    read: async (deps) => {
      const { dependencies, totals } = await probeDependencies(deps);
      return create(StatusResponseSchema, {
        status: dependencies.every(({ ok }) => ok) ? 'ok' : 'degraded',
        version: deps.version,
        profile: deps.profile,
        dependencies: [...dependencies],
        ...(totals === undefined ? {} : { totals: totalsToWire(totals) }),
      });
    },
  }),
];
