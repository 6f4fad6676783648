import { isSubmissionId, type SubmissionId } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import type { RefusedEvent } from '../../../domain/ports/control-bus.js';
import type { ParkedEvent } from '../../../domain/ports/graph-reads.js';
import type { Announcement, RedriveAction } from '../../../domain/ports/outbox.js';
import { type Row, readBoolean, readInteger, readKind, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { readUnsent } from './outbox-rows.js';

const park = statement(
  'park events',
  `UNWIND $refused AS one
   MATCH (o:Outbox {id: one.id})
   SET o:ParkedEvent, o.parked_at = $at, o.reason = one.reason
   REMOVE o:Outbox`,
);

const retry = statement(
  'send parked events again',
  `UNWIND $event_ids AS id
   MATCH (p:ParkedEvent {id: id})
   SET p:Outbox
   REMOVE p:ParkedEvent, p.parked_at, p.reason
   RETURN id`,
);

const drop = statement(
  'drop parked events',
  `UNWIND $event_ids AS id
   MATCH (p:ParkedEvent {id: id})
   DELETE p
   RETURN id`,
);

export const parkedPage = statement(
  'read parked events',
  `MATCH (p:ParkedEvent)
   WHERE p.id > $cursor
   RETURN properties(p) AS event
   ORDER BY p.id LIMIT $rows_max`,
);

/** A full list of submissions may lack some: they are counted too. Sets announced in passes up to the last one over a submission's own activations may be its own: they are waited for. */
const announcementsOf = statement(
  'read how far submissions are announced',
  `UNWIND $submission_ids AS id
   MATCH (s:Submission {submission_id: id})
   RETURN id,
     EXISTS { MATCH (o:Outbox {submission_id: id}) }
       OR EXISTS { MATCH (n:Activation {submission_id: id}) }
       OR EXISTS { MATCH (c:ChangedSet) WHERE c.pass <= s.activation_pass }
       OR EXISTS { MATCH (o:Outbox) WHERE o.pass <= s.activation_pass } AS waiting,
     COUNT { MATCH (p:ParkedEvent {submission_id: id}) }
       + COUNT {
         MATCH (p:ParkedEvent)
         WHERE p.pass <= s.activation_pass
           AND (id IN p.submission_ids OR size(p.submission_ids) >= $submissions_max)
       } AS parked`,
);

/** Takes events out of the way of the others; the row keeps its place in its stream. */
export async function parkEvents(
  tx: GraphTransaction,
  refused: readonly RefusedEvent[],
  at: number,
): Promise<void> {
  await tx.run(park, { refused: refused.map(({ id, reason }) => ({ id, reason })), at });
}

export function toParkedEvent(row: Row): ParkedEvent {
  const { event, fault: _shown, ...described } = readUnsent(row);
  return {
    ...described,
    ...(event === undefined ? {} : { event }),
    reason: readText(row, 'reason'),
    parkedAt: readInteger(row, 'parked_at'),
  };
}

export async function redrive(
  tx: GraphTransaction,
  eventIds: readonly string[],
  action: RedriveAction,
): Promise<readonly string[]> {
  const event_ids = [...new Set(eventIds)].sort();
  return (await tx.run(action === 'retry' ? retry : drop, { event_ids })).map((row) => readText(row, 'id'));
}

export async function announcements(
  tx: GraphTransaction,
  submissionIds: readonly SubmissionId[],
): Promise<ReadonlyMap<SubmissionId, Announcement>> {
  const rows = await tx.run(announcementsOf, {
    submission_ids: submissionIds,
    submissions_max: limits.setSubmissionsMax,
  });
  return new Map(rows.map((row) => [readKind(row, 'id', isSubmissionId), announcementFrom(row)]));
}

function announcementFrom(row: Row): Announcement {
  return { waiting: readBoolean(row, 'waiting'), parked: readInteger(row, 'parked') };
}
