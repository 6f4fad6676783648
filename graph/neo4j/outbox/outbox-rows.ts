import { blake3Hex } from '../../../domain/base/blake3.js';
import { isSubmissionId } from '../../../domain/base/ids.js';
import { type ControlEvent, toStreamKey } from '../../../domain/events/control-events.js';
import type { UnsentEvent } from '../../../domain/ports/outbox.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readInteger,
  readKind,
  readKinds,
  readText,
} from '../driver/cypher-value.js';
import { formatProperties, statement } from '../driver/statement.js';
import { readStored, storedEvent, toStored } from '../rows/stored-form.js';

const outboxPropertyNames = [
  'id',
  'submission_id',
  'submission_ids',
  'stream',
  'seq',
  'due',
  'pass',
  'event',
  'size',
  'at',
  'traceparent',
] as const;

export const fillOutbox = statement(
  'fill the outbox',
  `UNWIND $rows AS row
   CREATE (:Outbox ${formatProperties('row', outboxPropertyNames)})`,
);

/** A row of the outbox; `size` counts the bytes of its event. */
export type OutboxRow = { readonly [N in (typeof outboxPropertyNames)[number]]?: CypherInput };

/** An event with its place in its stream. Keys of streams may be longer than an index allows, and are stored as digests. */
export function toOutboxRow(
  event: ControlEvent,
  row: Omit<OutboxRow, 'stream' | 'event' | 'size'>,
): OutboxRow {
  const stored = toStored(storedEvent, event);
  return { ...row, stream: blake3Hex(toStreamKey(event)), event: stored, size: stored.length };
}

/** A row of the outbox; one whose event cannot be read has a fault instead. */
export type ReadEvent = Omit<UnsentEvent, 'event'> & {
  readonly event?: ControlEvent;
  readonly fault?: string;
};

export function readUnsent(row: Row): ReadEvent {
  const own = maybe(row, 'submission_id', (r, name) => readKind(r, name, isSubmissionId));
  const id = readText(row, 'id');
  return {
    id,
    seq: BigInt(readInteger(row, 'seq')),
    ...readEvent(row, id),
    at: readInteger(row, 'at'),
    traceparent: readText(row, 'traceparent'),
    submissionIds:
      own === undefined
        ? (maybe(row, 'submission_ids', (r, name) => readKinds(r, name, isSubmissionId)) ?? [])
        : [own],
  };
}

function readEvent(row: Row, id: string): Pick<ReadEvent, 'event' | 'fault'> {
  try {
    return { event: readStored(storedEvent, row, 'event', `row ${id} of the outbox`) };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

/** Why a row cannot be read, for an operator. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
