import { toStreamKey } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { MemoryDatabase } from './database.js';

/** Assigns the oldest unsent events their place in their streams. A row keeps its seq. */
export function sequenceOutbox(db: MemoryDatabase, eventsMax: number): readonly SequencedEvent[] {
  const sequenced: SequencedEvent[] = [];
  for (const id of db.unsent.keys()) {
    if (sequenced.length === eventsMax) break;
    const row = db.outbox.get(id);
    if (row === undefined) continue;
    const seq = row.seq ?? nextSeq(db, toStreamKey(row.event));
    if (row.seq === undefined) db.outbox.set(id, { ...row, seq });
    sequenced.push({ id, seq, event: row.event, at: row.at, traceparent: row.traceparent });
  }
  return sequenced;
}

function nextSeq(db: MemoryDatabase, stream: string): bigint {
  const seq = (db.streamSeqs.get(stream) ?? 0n) + 1n;
  db.streamSeqs.set(stream, seq);
  return seq;
}

export function markSent(db: MemoryDatabase, eventIds: readonly string[]): void {
  // A published event is not read again: the bus holds it. The next seq of each stream is stored separately.
  for (const id of eventIds) {
    db.unsent.delete(id);
    db.outbox.delete(id);
  }
}
