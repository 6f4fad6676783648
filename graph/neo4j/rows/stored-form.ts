import { QmtlError } from '../../../domain/base/errors.js';
import type { ExecutionContext } from '../../../domain/context/execution-context.js';
import type { ControlEvent } from '../../../domain/events/control-events.js';
import type { Receipt } from '../../../domain/submissions/submission.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import {
  contextFromBytes,
  contextToBytes,
  eventFromBytes,
  eventToBytes,
  mismatchesFromBytes,
  mismatchesToBytes,
  receiptFromBytes,
  receiptToBytes,
  type TagPlan,
  tagPlanFromBytes,
  tagPlanToBytes,
} from '../../../proto/convert/stored.js';
import type { Row } from '../driver/cypher-value.js';

/**
 * A kind of value that is stored as bytes in one property: the number of its form, then the bytes of that form
 * (docs/neo4j.md#stored-forms). A form never changes; another one gets the next number, and a migration.
 */
export interface StoredForm<T> {
  /** The value in messages, e.g. `receipt`. */
  readonly what: string;
  /** 1 … 255: the only one that is written and read. */
  readonly form: number;
  readonly toBytes: (value: T) => Uint8Array;
  /** Throws for bytes that are not of this form. */
  readonly fromBytes: (bytes: Uint8Array) => T;
}

export const storedReceipt: StoredForm<Receipt> = {
  what: 'receipt',
  form: 1,
  toBytes: receiptToBytes,
  fromBytes: receiptFromBytes,
};

export const storedContext: StoredForm<ExecutionContext> = {
  what: 'context',
  form: 1,
  toBytes: contextToBytes,
  fromBytes: contextFromBytes,
};

export const storedTagPlan: StoredForm<TagPlan> = {
  what: 'planned tags',
  form: 1,
  toBytes: tagPlanToBytes,
  fromBytes: tagPlanFromBytes,
};

const storedMismatches: StoredForm<readonly TopicMismatch[]> = {
  what: 'mismatches',
  form: 1,
  toBytes: mismatchesToBytes,
  fromBytes: mismatchesFromBytes,
};

export const storedEvent: StoredForm<ControlEvent> = {
  what: 'event',
  form: 1,
  toBytes: eventToBytes,
  fromBytes: eventFromBytes,
};

export function toStored<T>({ form, toBytes }: StoredForm<T>, value: T): Uint8Array {
  const bytes = toBytes(value);
  const stored = new Uint8Array(bytes.length + 1);
  stored[0] = form;
  stored.set(bytes, 1);
  return stored;
}

/** `title`: the row in messages. Throws E_INTERNAL, which names it, for what is not of the form that this release reads. */
export function readStored<T>(kind: StoredForm<T>, row: Row, name: string, title: string): T {
  const { what, form, fromBytes } = kind;
  const stored = row[name];
  if (!(stored instanceof Uint8Array)) throw unreadable(`${what} of ${title}`, notBytes(stored));
  if (stored[0] !== form) throw unreadable(`${what} of ${title}`, otherForm(stored[0], form));
  try {
    return fromBytes(stored.subarray(1));
  } catch (cause) {
    throw unreadable(`${what} of ${title}`, 'has bytes that are not of its form', cause);
  }
}

/** As `readStored`; undefined for an absent property. */
export function maybeStored<T>(kind: StoredForm<T>, row: Row, name: string, title: string): T | undefined {
  return row[name] === undefined || row[name] === null ? undefined : readStored(kind, row, name, title);
}

/** Most queues have none, and no property. */
export function toStoredMismatches(mismatches: readonly TopicMismatch[]): Uint8Array | null {
  return mismatches.length === 0 ? null : toStored(storedMismatches, mismatches);
}

export function readMismatches(row: Row, name: string, title: string): readonly TopicMismatch[] {
  return maybeStored(storedMismatches, row, name, title) ?? [];
}

/** What another release wrote is not guessed at: the row is named, and the next release may read it. */
export function unreadable(what: string, reason: string, cause?: unknown): QmtlError {
  return new QmtlError('E_INTERNAL', `in the graph, the ${what} ${reason}`, {
    hint: 'a newer release, or something other than QMTL, wrote it: use that release, or a newer one',
    ...(cause === undefined ? {} : { cause }),
  });
}

function notBytes(stored: unknown): string {
  return typeof stored === 'string'
    ? 'is text, as earlier releases wrote it, and was not migrated'
    : `is not bytes, but of type ${typeof stored}`;
}

export function otherForm(found: unknown, form: number): string {
  return `has form ${String(found)}, and this release reads form ${form}`;
}
