import { create } from '@bufbuild/protobuf';
import { isTopicName } from '../../domain/base/ids.js';
import { queueToWire } from '../../proto/convert/graph.js';
import { ListStreamsResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { pageQuery, pageRequest } from '../query.js';
import { type ApiRoute, route } from '../route.js';

export const streamRoutes: readonly ApiRoute[] = [
  route({
    path: '/v1/dag-manager/streams',
    summary: 'Queues and their topics, in topic order',
    response: ListStreamsResponseSchema,
    query: pageQuery(isTopicName),
    read: async ({ graph }, _params, query) => {
      const page = await graph.queues(pageRequest(query));
      return create(ListStreamsResponseSchema, {
        streams: page.items.map(queueToWire),
        nextCursor: page.nextCursor ?? '',
        unreadable: [...(page.unreadable ?? [])],
      });
    },
  }),
];
