import { blake3Hex } from '../../../domain/base/blake3.js';
import { isSubmissionId, type SubmissionId } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import type { TagQuery } from '../../../domain/dag/dag.js';
import { isMatchMode } from '../../../domain/dag/tag-query.js';
import { toStreamKey } from '../../../domain/events/control-events.js';
import { isAnnouncementDue, queueUpdated } from '../../../domain/events/queue-sets.js';
import { type Row, readInteger, readKind, readKinds, readText, readTexts } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { fillOutbox, type OutboxRow, toOutboxRow } from './outbox-rows.js';
import { requireFence } from './publisher.js';
import { resolveSets } from './queue-sets.js';
import { placesInStreams } from './streams.js';

const oldestChangedSets = statement(
  'read the oldest changed sets',
  `MATCH (c:ChangedSet)
   WHERE c.due >= 0
   RETURN c.id AS id, c.tags AS tags, c.interval AS interval, c.match_mode AS match_mode, c.due AS due, c.pass AS pass,
          c.at AS at, c.traceparent AS traceparent, c.submission_ids AS submission_ids
   ORDER BY c.due, c.id LIMIT $rows_max`,
);

const removeChangedSets = statement(
  'remove announced sets',
  `UNWIND $ids AS id
   MATCH (c:ChangedSet {id: id})
   DELETE c`,
);

interface WaitingSet {
  readonly id: string;
  readonly query: TagQuery;
  readonly due: number;
  readonly pass: number;
  readonly at: number;
  readonly traceparent: string;
  readonly submissionIds: readonly SubmissionId[];
}

/** The events of the oldest changed sets, each with its queues of now, its next version and its place in its stream. */
export async function announceSets(
  tx: GraphTransaction,
  fence: number,
  setsMax: number,
  at: number,
): Promise<{ readonly announced: number; readonly dueAt?: number }> {
  await requireFence(tx, fence);
  const waiting = (await tx.run(oldestChangedSets, { rows_max: setsMax + 1 })).map(waitingSetFrom);
  const sets = waiting.filter(({ due }) => isAnnouncementDue(due, at)).slice(0, setsMax);
  const left = waiting.find((set) => !sets.includes(set));
  const rest = left === undefined ? {} : { dueAt: Math.min(left.due, at + limits.setAnnouncementPauseMs) };
  if (sets.length === 0) {
    tx.discard();
    return { announced: 0, ...rest };
  }
  await tx.run(fillOutbox, { rows: await rowsOf(tx, sets, at) });
  await tx.run(removeChangedSets, { ids: sets.map(({ id }) => id).sort() });
  return { announced: sets.length, ...rest };
}

async function rowsOf(
  tx: GraphTransaction,
  sets: readonly WaitingSet[],
  now: number,
): Promise<readonly OutboxRow[]> {
  const resolved = await resolveSets(
    tx,
    sets.map(({ query }) => query),
    now,
  );
  const events = resolved.map(queueUpdated);
  const places = await placesInStreams(
    tx,
    events.map((event) => blake3Hex(toStreamKey(event))),
    now,
  );
  return sets.flatMap((set, index) => {
    const [event, place] = [events[index], places[index]];
    if (event === undefined || place === undefined) return [];
    const { pass, at, traceparent, submissionIds } = set;
    const id = `set/${set.id}/${event.version}`;
    return [toOutboxRow(event, { id, ...place, pass, at, traceparent, submission_ids: submissionIds })];
  });
}

function waitingSetFrom(row: Row): WaitingSet {
  return {
    id: readText(row, 'id'),
    query: {
      tags: readTexts(row, 'tags'),
      matchMode: readKind(row, 'match_mode', isMatchMode),
      interval: readInteger(row, 'interval'),
    },
    due: readInteger(row, 'due'),
    pass: readInteger(row, 'pass'),
    at: readInteger(row, 'at'),
    traceparent: readText(row, 'traceparent'),
    submissionIds: readKinds(row, 'submission_ids', isSubmissionId),
  };
}
