import type { UnsentEvent } from '../../../domain/ports/outbox.js';
import { firstWithin } from '../../../std/first-within.js';
import { maybe, type Row, readInteger, readRow, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { messageOf, type ReadEvent, readUnsent } from './outbox-rows.js';
import { parkEvents } from './parked-events.js';
import { requireFence } from './publisher.js';

/**
 * The oldest rows first. A scan in order of `due` may pass the place of a row just before it appears and then find its
 * successor, so the streams that were found are read again from their beginning, when all earlier commits are visible.
 */
const oldestOfStreams = `CALL () {
     MATCH (o:Outbox)
     WHERE o.due >= 0 AND o.seq >= 0
     RETURN o.stream AS stream, o.seq AS seq ORDER BY o.due, o.seq LIMIT $events_max
   }
   WITH stream, max(seq) AS last
   MATCH (o:Outbox {stream: stream})
   WHERE o.seq <= last`;

const unsentSubmissions = statement(
  'read submissions with unsent events',
  `${oldestOfStreams}
   WITH DISTINCT o.submission_id AS submission_id
   RETURN submission_id ORDER BY submission_id`,
);

const unsentRows = statement(
  'read the order of unsent events',
  `${oldestOfStreams}
   WITH o.id AS id, o.submission_id AS submission_id, o.due AS due, o.seq AS seq, o.size AS size
   WHERE id IS NOT NULL
   RETURN id, submission_id, size ORDER BY due, seq, id LIMIT $events_max`,
);

const eventsOfIds = statement(
  'read unsent events',
  `UNWIND $event_ids AS id
   MATCH (o:Outbox {id: id})
   RETURN properties(o) AS event`,
);

export const lockSubmissions = statement(
  'wait for the commits of submissions',
  `UNWIND $submission_ids AS submission_id
   MATCH (s:Submission {submission_id: submission_id})
   SET s.locked_at = s.locked_at`,
);

const deleteSent = statement(
  'delete sent events',
  `UNWIND $event_ids AS id
   MATCH (o:Outbox {id: id})
   DELETE o`,
);

/** The size of a row that was written before rows had one. */
const unknownSize = 1_000;

/**
 * Events got their place in their stream in the transaction that wrote them: nothing is numbered here.
 *
 * A reader may see a commit while the server makes it visible, row by row. So the submissions whose rows were found are
 * locked for a moment, which waits for their commits, and the rows are read again: now they are complete. Rows of the publisher
 * itself are complete, because it holds the lock of the outbox.
 *
 * A row that cannot be read is parked, and does not hold up the others.
 */
export async function unsentEvents(
  tx: GraphTransaction,
  fence: number,
  eventsMax: number,
  bytesMax: number,
  at: number,
): Promise<readonly UnsentEvent[] | 'again'> {
  await requireFence(tx, fence);
  const waiting = await tx.run(unsentSubmissions, { events_max: eventsMax });
  if (waiting.length === 0) {
    tx.discard();
    return [];
  }
  const submissionIds = waiting.flatMap((row) => maybe(row, 'submission_id', readText) ?? []);
  const [, rows] = await Promise.all([
    tx.run(lockSubmissions, { submission_ids: submissionIds }),
    tx.run(unsentRows, { events_max: eventsMax }),
  ]);
  const whole = new Set(submissionIds);
  const complete = rows.filter((row) => {
    const submissionId = maybe(row, 'submission_id', readText);
    return submissionId === undefined || whole.has(submissionId);
  });
  const ids = firstWithin(complete, bytesMax, sizeOf).map((row) => readText(row, 'id'));
  const read = (await tx.run(eventsOfIds, { event_ids: ids })).map((row) => readable(readRow(row, 'event')));
  const events = read.flatMap(({ event, ...row }) => (event === undefined ? [] : [{ ...row, event }]));
  const unreadable = read.filter(({ event }) => event === undefined);
  if (unreadable.length === 0) tx.discard();
  else
    await parkEvents(
      tx,
      unreadable.map(({ id, fault }) => ({ id, reason: `the row cannot be read: ${fault ?? ''}` })),
      at,
    );
  // Empty when events that precede all of them were committed meanwhile, or none can be read: look again.
  return events.length === 0 ? 'again' : events;
}

/** What cannot be read has no event. */
function readable(row: Row): ReadEvent {
  try {
    return readUnsent(row);
  } catch (error) {
    const id = readText(row, 'id');
    return { id, seq: 0n, at: 0, traceparent: '', submissionIds: [], fault: messageOf(error) };
  }
}

function sizeOf(row: Row): number {
  return maybe(row, 'size', readInteger) ?? unknownSize;
}

/** A published event is not read again: the bus holds it. The counters of the streams are separate. */
export async function removeSent(
  tx: GraphTransaction,
  fence: number,
  eventIds: readonly string[],
): Promise<void> {
  await requireFence(tx, fence);
  await tx.run(deleteSent, { event_ids: [...eventIds].sort() });
}
