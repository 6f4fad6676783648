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
import { isControlEvent } from '../rows/stored-json.js';

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

/** A row of the outbox; `size` counts the characters of its event. */
export type OutboxRow = { readonly [N in (typeof outboxPropertyNames)[number]]?: CypherInput };

/** An event with its place in its stream. Keys of streams may be longer than an index allows, and are stored as digests. */
export function toOutboxRow(
  event: ControlEvent,
  row: Omit<OutboxRow, 'stream' | 'event' | 'size'>,
): OutboxRow {
  const text = JSON.stringify(event);
  return { ...row, stream: blake3Hex(toStreamKey(event)), event: text, size: text.length };
}

/** A row of the outbox; `event` is absent when it cannot be read. */
export function readUnsent(row: Row): Omit<UnsentEvent, 'event'> & { readonly event?: ControlEvent } {
  const own = maybe(row, 'submission_id', (r, name) => readKind(r, name, isSubmissionId));
  const event = eventOf(readText(row, 'event'));
  return {
    id: readText(row, 'id'),
    seq: BigInt(readInteger(row, 'seq')),
    ...(event === undefined ? {} : { event }),
    at: readInteger(row, 'at'),
    traceparent: readText(row, 'traceparent'),
    submissionIds:
      own === undefined
        ? (maybe(row, 'submission_ids', (r, name) => readKinds(r, name, isSubmissionId)) ?? [])
        : [own],
  };
}

function eventOf(text: string): ControlEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isControlEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
