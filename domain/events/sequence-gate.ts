/**
 * Consumer side of a gap-free stream (docs/spec/events.md#delivery): applies contiguous events, buffers what is ahead, drops what
 * is behind. Pure: each call returns what to apply now.
 */
export interface SequenceGate<T> {
  /** Next seq to apply per stream key. */
  readonly expected: ReadonlyMap<string, bigint>;
  readonly ahead: ReadonlyMap<string, ReadonlyMap<bigint, T>>;
}

export interface Accepted<T> {
  readonly gate: SequenceGate<T>;
  /** In order; empty for a duplicate or an event that is ahead. */
  readonly apply: readonly T[];
  /** The stream waits for a missing event; read a snapshot if that lasts. */
  readonly gap: boolean;
}

/** The gate of one stream, at the event `next` and with what waits there. A consumer keeps the state of each stream apart. */
export function gateAt<T>(stream: string, next: bigint, waiting: ReadonlyMap<bigint, T>): SequenceGate<T> {
  return { expected: new Map([[stream, next]]), ahead: new Map([[stream, waiting]]) };
}

/** `aheadMax`: events one stream may buffer; beyond it the newest are dropped, and the snapshot covers them. */
export function accept<T>(
  gate: SequenceGate<T>,
  stream: string,
  seq: bigint,
  event: T,
  aheadMax: number,
): Accepted<T> {
  const next = nextSeq(gate, stream);
  const waiting = new Map(gate.ahead.get(stream));
  if (seq === next || (seq > next && waiting.size < aheadMax)) waiting.set(seq, event);
  return release(gate, stream, next, waiting);
}

/** After a snapshot was read: everything up to and including `seq` is known. A snapshot older than what was applied changes nothing. */
export function resumeAfter<T>(gate: SequenceGate<T>, stream: string, seq: bigint): Accepted<T> {
  const next = nextSeq(gate, stream);
  const known = seq < next ? next - 1n : seq;
  const waiting = new Map([...(gate.ahead.get(stream) ?? [])].filter(([ahead]) => ahead > known));
  return release(gate, stream, known + 1n, waiting);
}

/** Undoes the acceptance of events that could not be applied: `events`, from `seq` on without a gap. They are next again. */
export function undoAccept<T>(
  gate: SequenceGate<T>,
  stream: string,
  seq: bigint,
  events: readonly T[],
): SequenceGate<T> {
  const waiting = new Map(gate.ahead.get(stream));
  for (const [index, event] of events.entries()) waiting.set(seq + BigInt(index), event);
  return movedTo(gate, stream, seq, waiting);
}

/** The gate with a new state of one stream. */
function movedTo<T>(
  gate: SequenceGate<T>,
  stream: string,
  next: bigint,
  waiting: ReadonlyMap<bigint, T>,
): SequenceGate<T> {
  return {
    expected: new Map(gate.expected).set(stream, next),
    ahead: new Map(gate.ahead).set(stream, waiting),
  };
}

function nextSeq<T>(gate: SequenceGate<T>, stream: string): bigint {
  return gate.expected.get(stream) ?? 1n;
}

/** Removes from `waiting` what follows without a gap from `next` on. */
function release<T>(
  gate: SequenceGate<T>,
  stream: string,
  next: bigint,
  waiting: Map<bigint, T>,
): Accepted<T> {
  const apply: T[] = [];
  let cursor = next;
  for (let ready = waiting.get(cursor); ready !== undefined; ready = waiting.get(cursor)) {
    apply.push(ready);
    waiting.delete(cursor);
    cursor += 1n;
  }
  return { gate: movedTo(gate, stream, cursor, waiting), apply, gap: waiting.size > 0 };
}
