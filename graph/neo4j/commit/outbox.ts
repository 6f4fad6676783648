import type { SequencedEvent } from '../../../domain/ports/control-bus.js';
import { type Row, readInteger, readJson, readRow, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { isControlEvent } from '../rows/stored-json.js';

/**
 * The oldest rows first. A scan in order of `due` may pass the place of a row just before it appears and then find its
 * successor, so the streams that were found are read again from their beginning, when all earlier commits are visible.
 * A row that another drain deletes between being found and being read has no properties: it was published, and is left out.
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
   WHERE submission_id IS NOT NULL
   RETURN submission_id ORDER BY submission_id`,
);

const unsentEvents = statement(
  'read unsent events',
  `${oldestOfStreams}
   WITH properties(o) AS event
   WHERE event.id IS NOT NULL
   RETURN event ORDER BY event.due, event.seq, event.id LIMIT $events_max`,
);

const lockSubmissions = statement(
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

/**
 * Events got their place in their stream in the commit that wrote them (`commit-events.ts`): nothing is written here, so no
 * number can be lost or assigned twice, and two concurrent drains see the same places.
 *
 * A reader may see a commit while the server makes it visible, row by row. So the submissions whose rows were found are
 * locked for a moment, which waits for their commits, and the rows are read again: now they are complete.
 */
export async function sequenceOutbox(
  transactions: Transactions,
  eventsMax: number,
): Promise<readonly SequencedEvent[]> {
  for (;;) {
    const waiting = await transactions.read('sequenceOutbox.look', (tx) =>
      tx.run(unsentSubmissions, { events_max: eventsMax }),
    );
    if (waiting.length === 0) return [];
    const submissionIds = waiting.map((row) => readText(row, 'submission_id'));
    const events = await transactions.write('sequenceOutbox', (tx) =>
      readWhole(tx, submissionIds, eventsMax),
    );
    // Empty when events that precede all of them were committed meanwhile: look again.
    if (events.length > 0) return events;
  }
}

async function readWhole(
  tx: GraphTransaction,
  submissionIds: readonly string[],
  eventsMax: number,
): Promise<readonly SequencedEvent[]> {
  tx.discard();
  const [, rows] = await Promise.all([
    tx.run(lockSubmissions, { submission_ids: submissionIds }),
    tx.run(unsentEvents, { events_max: eventsMax }),
  ]);
  const whole = new Set(submissionIds);
  return rows
    .map((row) => readRow(row, 'event'))
    .filter((row) => whole.has(readText(row, 'submission_id')))
    .map(eventFrom);
}

function eventFrom(row: Row): SequencedEvent {
  return {
    id: readText(row, 'id'),
    seq: BigInt(readInteger(row, 'seq')),
    event: readJson(row, 'event', isControlEvent),
    at: readInteger(row, 'at'),
    traceparent: readText(row, 'traceparent'),
  };
}

/** A published event is not read again: the bus holds it. The counters of the streams are separate. */
export async function markSent(tx: GraphTransaction, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return tx.discard();
  await tx.run(deleteSent, { event_ids: [...eventIds].sort() });
}
