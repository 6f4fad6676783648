import { create } from '@bufbuild/protobuf';
import { parkedEventToWire } from '../../proto/convert/outbox.js';
import { ListParkedEventsResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { pageQuery, pageRequest } from '../query.js';
import { type ApiRoute, route } from '../route.js';

export const outboxRoutes: readonly ApiRoute[] = [
  route({
    path: '/v1/dag-manager/outbox/parked',
    summary: 'Control events that the bus refused for good, in id order; they hold up no others',
    response: ListParkedEventsResponseSchema,
    query: pageQuery(isEventId),
    read: async ({ graph }, _params, query) => {
      const page = await graph.parkedEvents(pageRequest(query));
      return create(ListParkedEventsResponseSchema, {
        events: page.items.map(parkedEventToWire),
        nextCursor: page.nextCursor ?? '',
      });
    },
  }),
];

/** A submission or set, and a number in it. */
function isEventId(text: string): text is string {
  return /^[\w:/.-]{1,300}$/.test(text);
}
