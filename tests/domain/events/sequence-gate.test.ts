import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Accepted,
  accept,
  resumeAfter,
  type SequenceGate,
} from '../../../domain/events/sequence-gate.js';

function openGate<T>(): SequenceGate<T> {
  return { expected: new Map(), ahead: new Map() };
}

const roomy = 1_000;

/** A consumer behind the gate: events are their own seq, and a snapshot makes everything up to its seq known. */
class Consumer {
  readonly applied: bigint[] = [];
  readonly #stream: string;
  readonly #aheadMax: number;
  #gate: SequenceGate<bigint> = openGate();
  #known = 0n;
  #gap = false;

  constructor(stream = 's', aheadMax = roomy) {
    this.#stream = stream;
    this.#aheadMax = aheadMax;
  }

  get known(): bigint {
    return this.#known;
  }

  get gap(): boolean {
    return this.#gap;
  }

  get buffered(): number {
    return this.#gate.ahead.get(this.#stream)?.size ?? 0;
  }

  deliver(...seqs: readonly bigint[]): this {
    for (const seq of seqs) this.#take(accept(this.#gate, this.#stream, seq, seq, this.#aheadMax));
    return this;
  }

  snapshot(seq: bigint): this {
    this.#known = seq > this.#known ? seq : this.#known;
    this.#take(resumeAfter(this.#gate, this.#stream, seq));
    return this;
  }

  /** Checks, after every step, that what is applied follows what is known, and that nothing that could be applied waits. */
  #take({ gate, apply, gap }: Accepted<bigint>): void {
    this.#gate = gate;
    this.#gap = gap;
    for (const seq of apply) {
      if (seq !== this.#known + 1n) throw new Error(`${seq} applied after ${this.#known}`);
      this.#known = seq;
      this.applied.push(seq);
    }
    const waiting = [...(gate.ahead.get(this.#stream)?.keys() ?? [])];
    const late = waiting.filter((seq) => seq <= this.#known + 1n);
    if (late.length > 0) throw new Error(`${late.join()} waits behind ${this.#known}`);
    if (gap !== waiting.length > 0) throw new Error(`gap is ${gap} with ${waiting.length} waiting`);
    if (waiting.length > this.#aheadMax) throw new Error(`${waiting.length} wait`);
  }
}

function range(from: number, to: number): bigint[] {
  return Array.from({ length: to - from + 1 }, (_, index) => BigInt(from + index));
}

type Step = { readonly deliver: bigint } | { readonly snapshot: bigint };

function take(consumer: Consumer, step: Step): void {
  if ('deliver' in step) consumer.deliver(step.deliver);
  else consumer.snapshot(step.snapshot);
}

describe('a consumer behind the gate', () => {
  test('events in order are applied at once', () => {
    expect(new Consumer().deliver(1n, 2n, 3n).applied).toEqual([1n, 2n, 3n]);
  });

  test('events after a missing one wait, and the gap is reported', () => {
    const consumer = new Consumer().deliver(1n, 3n, 4n);
    expect(consumer.applied).toEqual([1n]);
    expect(consumer.gap).toBe(true);
    expect(consumer.deliver(2n).applied).toEqual([1n, 2n, 3n, 4n]);
    expect(consumer.gap).toBe(false);
  });

  test('a duplicate is dropped, whether the first was applied or waits', () => {
    expect(new Consumer().deliver(1n, 1n, 3n, 3n, 2n, 3n, 1n).applied).toEqual([1n, 2n, 3n]);
  });

  test('after a snapshot, the waiting events behind it are applied', () => {
    const consumer = new Consumer().deliver(1n, 4n, 5n, 7n).snapshot(3n);
    expect(consumer.applied).toEqual([1n, 4n, 5n]);
    expect(consumer.gap).toBe(true);
  });

  test('a snapshot older than what was applied changes nothing', () => {
    expect(new Consumer().deliver(1n, 2n, 3n).snapshot(1n).deliver(2n, 3n, 4n).applied).toEqual([
      1n,
      2n,
      3n,
      4n,
    ]);
  });

  test('the missing event is accepted even when the buffer is full', () => {
    const consumer = new Consumer('s', 2).deliver(2n, 3n, 4n);
    expect(consumer.buffered).toBe(2);
    expect(consumer.deliver(1n).applied).toEqual([1n, 2n, 3n]);
  });

  test('streams are independent of each other', () => {
    const first = accept(openGate<string>(), 'a', 1n, 'a1', roomy);
    const second = accept(first.gate, 'b', 2n, 'b2', roomy);
    const third = accept(second.gate, 'a', 2n, 'a2', roomy);
    expect([first, second, third].map(({ apply, gap }) => ({ apply, gap }))).toEqual([
      { apply: ['a1'], gap: false },
      { apply: [], gap: true },
      { apply: ['a2'], gap: false },
    ]);
  });

  test('the given gate is not modified', () => {
    const { gate } = accept(openGate<string>(), 'a', 2n, 'a2', roomy);
    accept(gate, 'a', 1n, 'a1', roomy);
    resumeAfter(gate, 'a', 9n);
    expect(accept(gate, 'a', 1n, 'a1', roomy).apply).toEqual(['a1', 'a2']);
  });
});

describe('under disorder', () => {
  const count = 12;
  const seqs = range(1, count);
  /** Every event at least once, any of them several times, in any order. */
  const shuffled = fc
    .array(fc.constantFrom(...seqs), { maxLength: 20 })
    .chain((repeated) => fc.shuffledSubarray([...seqs, ...repeated], { minLength: count + repeated.length }));
  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...seqs).map((deliver): Step => ({ deliver })) },
      { weight: 1, arbitrary: fc.constantFrom(0n, ...seqs).map((snapshot): Step => ({ snapshot })) },
    ),
    { maxLength: 60 },
  );

  test('with any order and any duplicates, every event is applied once, in order', () => {
    fc.assert(
      fc.property(shuffled, (delivered) => {
        expect(new Consumer().deliver(...delivered).applied).toEqual(seqs);
      }),
    );
  });

  test('with drops, duplicates, any order, snapshots and a small buffer, nothing is applied twice or out of order', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 4 }), (taken, aheadMax) => {
        const consumer = new Consumer('s', aheadMax);
        for (const step of taken) take(consumer, step);
        const { applied, known } = consumer;
        expect(applied).toEqual([...new Set(applied)].sort((a, b) => Number(a - b)));
        // A snapshot restores what was lost on the way, and the stream continues after it.
        consumer.snapshot(BigInt(count)).deliver(BigInt(count) + 1n);
        expect(known).toBeLessThanOrEqual(BigInt(count));
        expect(consumer.known).toBe(BigInt(count) + 1n);
        expect(consumer.gap).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
