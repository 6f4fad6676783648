import { QmtlError } from '../../domain/base/errors.js';
import type { SubmissionId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { isGlobalNamespace } from '../../domain/context/namespace.js';
import type { TagQuery } from '../../domain/dag/dag.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import {
  announcementDue,
  changedSets,
  isAnnouncementDue,
  queueSetId,
  queueSetKey,
  queueUpdated,
  type ResolvedQueue,
} from '../../domain/events/queue-sets.js';
import type { Announcement, Outbox, RedriveAction, UnsentEvent } from '../../domain/ports/outbox.js';
import { firstWithin } from '../../std/first-within.js';
import type { MemoryDatabase } from './database.js';
import type { ActivationRow, ChangedSetRow } from './rows.js';

/** The way of events to the bus, as in Neo4j. */
export function memoryOutbox(db: MemoryDatabase): Outbox {
  const transaction = async <T>(work: () => T): Promise<T> => db.journal.transaction(work);
  const fenced = <T>(fence: number, work: () => T): Promise<T> =>
    transaction(() => {
      requireFence(db, fence);
      return work();
    });
  return {
    takeOutbox: () =>
      transaction(() => {
        const fence = (db.publisher.get('fence') ?? 0) + 1;
        db.publisher.set('fence', fence);
        return fence;
      }),
    takeActivations: (fence, activationsMax, at) =>
      fenced(fence, () => takeActivations(db, activationsMax, at)),
    announceSets: (fence, setsMax, at) => fenced(fence, () => announceSets(db, setsMax, at)),
    unsentEvents: (fence, eventsMax, bytesMax) =>
      fenced(fence, () => firstWithin([...db.outbox.values()].slice(0, eventsMax), bytesMax, sizeOf)),
    removeSent: (fence, eventIds) =>
      fenced(fence, () => {
        for (const id of eventIds) db.outbox.delete(id);
      }),
    parkEvents: (fence, refused, at) =>
      fenced(fence, () => {
        for (const { id, reason } of refused) {
          const event = db.outbox.get(id);
          if (event !== undefined) db.parked.set(id, { ...event, reason, parkedAt: at });
          db.outbox.delete(id);
        }
      }),
    announcements: async (submissionIds) => announcements(db, submissionIds),
    redrive: (eventIds, action) => transaction(() => eventIds.filter((id) => redriven(db, id, action))),
  };
}

function requireFence(db: MemoryDatabase, fence: number): void {
  if (db.publisher.get('fence') !== fence)
    throw new QmtlError('E_PRODUCER_FENCED', 'another publisher took over the outbox');
}

/** The next place in a stream. */
export function nextSeq(db: MemoryDatabase, stream: string): bigint {
  const seq = (db.streamSeqs.get(stream) ?? 0n) + 1n;
  db.streamSeqs.set(stream, seq);
  return seq;
}

function takeActivations(db: MemoryDatabase, activationsMax: number, at: number): number {
  const taken = [...db.activations.keys()].slice(0, activationsMax).flatMap((id) => {
    const row = db.activations.get(id);
    return row === undefined ? [] : [{ id, row }];
  });
  const tagQueries = taken.length === 0 ? [] : db.distinctTagQueries();
  for (const { id, row } of taken) {
    for (const query of changedSets([row.activation], tagQueries)) markChanged(db, query, row, at);
    db.activations.delete(id);
  }
  return taken.length;
}

/** Further changes of a set that waits are part of the same announcement. */
function markChanged(db: MemoryDatabase, query: TagQuery, activations: ActivationRow, now: number): void {
  const id = queueSetId(query);
  const waiting: ChangedSetRow = db.changedSets.get(id) ?? {
    query,
    due: announcementDue(db.setVersions.get(queueSetKey(query))?.announcedAt, now),
    submissionIds: [],
    at: activations.at,
    traceparent: activations.traceparent,
  };
  const submissionIds = [...new Set([...waiting.submissionIds, activations.submissionId])];
  db.changedSets.set(id, { ...waiting, submissionIds: submissionIds.slice(0, limits.setSubmissionsMax) });
}

function announceSets(db: MemoryDatabase, setsMax: number, at: number) {
  const due = [...db.changedSets.values()].filter((row) => isAnnouncementDue(row.due, at)).slice(0, setsMax);
  for (const row of due) announce(db, row, at);
  const left = [...db.changedSets.values()].map((row) => row.due);
  return { announced: due.length, ...(left.length === 0 ? {} : { dueAt: Math.min(...left) }) };
}

function announce(db: MemoryDatabase, row: ChangedSetRow, now: number): void {
  const { query, submissionIds, at, traceparent } = row;
  const key = queueSetKey(query);
  const version = (db.setVersions.get(key)?.version ?? 0) + 1;
  db.setVersions.set(key, { version, announcedAt: now });
  const event = queueUpdated({ query, version, queues: resolve(db, query) });
  const id = `set/${queueSetId(query)}/${version}`;
  const seq = nextSeq(db, toStreamKey(event));
  db.outbox.insert(id, { id, seq, event, at, traceparent, submissionIds });
  db.changedSets.delete(queueSetId(query));
}

function resolve(db: MemoryDatabase, query: TagQuery): readonly ResolvedQueue[] {
  return db
    .matchingNodes(query)
    .flatMap((nodeId) => db.queuesOf(nodeId))
    .filter((queue) => queue.state === 'active')
    .map((queue) => ({ topic: queue.topic, global: isGlobalNamespace(queue.namespace) }));
}

/** Characters of the event as JSON. Neo4j counts the bytes of its stored form, which are fewer. */
function sizeOf({ event }: UnsentEvent): number {
  return JSON.stringify(event).length;
}

/** How far the events of each submission are. */
export function announcements(
  db: MemoryDatabase,
  submissionIds: readonly SubmissionId[],
): ReadonlyMap<SubmissionId, Announcement> {
  const waiting = new Set([
    ...[...db.activations.values()].map((row) => row.submissionId),
    ...[...db.changedSets.values()].flatMap((row) => row.submissionIds),
    ...[...db.outbox.values()].flatMap((row) => row.submissionIds),
  ]);
  // A full list may lack some.
  const isFull = [...db.changedSets.values(), ...db.outbox.values()].some(
    (row) => row.submissionIds.length >= limits.setSubmissionsMax,
  );
  const parked = [...db.parked.values()];
  const mayBeOf = (listed: readonly SubmissionId[], id: SubmissionId) =>
    listed.includes(id) || listed.length >= limits.setSubmissionsMax;
  return new Map(
    submissionIds.map((id) => {
      const own = parked.filter((event) => mayBeOf(event.submissionIds, id));
      return [id, { waiting: waiting.has(id) || isFull, parked: own.length }];
    }),
  );
}

function redriven(db: MemoryDatabase, id: string, action: RedriveAction): boolean {
  const event = db.parked.get(id);
  if (event === undefined) return false;
  const { reason: _reason, parkedAt: _at, ...unsent } = event;
  if (action === 'retry') db.outbox.insert(id, unsent);
  db.parked.delete(id);
  return true;
}
