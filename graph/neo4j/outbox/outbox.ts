import type { GraphReads } from '../../../domain/ports/graph-reads.js';
import type { Outbox } from '../../../domain/ports/outbox.js';
import { readRow } from '../driver/cypher-value.js';
import type { Transactions } from '../driver/transactions.js';
import { takeActivations } from './activations.js';
import { announceSets } from './announce.js';
import { announcements, parkEvents, parkedPage, redrive, toParkedEvent } from './parked-events.js';
import { awaitPublisher, requireFence, takeOutbox } from './publisher.js';
import { removeSent, unsentEvents } from './unsent-events.js';

/** The way of events from commits to the bus. */
export function neo4jOutbox(
  transactions: Transactions,
): Outbox & Pick<GraphReads, 'parkedEvents' | 'announcement'> {
  return {
    takeOutbox: (at) => transactions.write('takeOutbox', (tx) => takeOutbox(tx, at)),
    takeActivations: (fence, activationsMax, at) =>
      transactions.write('takeActivations', (tx) => takeActivations(tx, fence, activationsMax, at)),
    announceSets: (fence, setsMax, at) =>
      transactions.write('announceSets', (tx) => announceSets(tx, fence, setsMax, at)),
    unsentEvents: async (fence, eventsMax, bytesMax, at) => {
      for (;;) {
        const events = await transactions.write('unsentEvents', (tx) =>
          unsentEvents(tx, fence, eventsMax, bytesMax, at),
        );
        if (events !== 'again') return events;
      }
    },
    removeSent: (fence, eventIds) =>
      transactions.write('removeSent', (tx) => removeSent(tx, fence, eventIds)),
    parkEvents: (fence, refused, at) =>
      transactions.write('parkEvents', async (tx) => {
        await requireFence(tx, fence);
        await parkEvents(tx, refused, at);
      }),
    announcements: async (submissionIds) => {
      const seen = await transactions.read('announcements', (tx) => announcements(tx, submissionIds));
      const settled = submissionIds.filter((id) => seen.get(id)?.waiting === false);
      if (settled.length === 0) return seen;
      // A read may see a transaction of the publisher in part: what is final is read again when none is under way.
      const confirmed = await transactions.write('announcements.confirm', async (tx) => {
        tx.discard();
        await awaitPublisher(tx);
        return announcements(tx, settled);
      });
      return new Map([...seen, ...confirmed]);
    },
    announcement: async (submissionId) => {
      const found = await transactions.read('announcement', (tx) => announcements(tx, [submissionId]));
      return found.get(submissionId) ?? { waiting: false, parked: 0 };
    },
    parkedEvents: async ({ cursor = '', itemsMax }) => {
      const rows = await transactions.read('parkedEvents', (tx) =>
        tx.run(parkedPage, { cursor, rows_max: itemsMax + 1 }),
      );
      const items = rows.slice(0, itemsMax).map((row) => toParkedEvent(readRow(row, 'event')));
      const last = items.at(-1);
      return rows.length > items.length && last !== undefined ? { items, nextCursor: last.id } : { items };
    },
    redrive: (eventIds, action) => transactions.write('redrive', (tx) => redrive(tx, eventIds, action)),
  };
}
