import { setTimeout as pause } from 'node:timers/promises';
import { pauseAfter } from '../../std/growing-pause.js';
import type { ClusterReader, Position } from './cluster-reader.js';
import type { FetchedPartition } from './fetched.js';

/** How long the end of a transaction waits for the broker's marker in every partition; within `transactionMsMax`. */
const markerWaitMs = 20_000;
const betweenLooks = { firstMs: 1, factor: 2, longestMs: 50 } as const;
const noWaitMs = 0;

/**
 * When the broker answers the end of a transaction, it has decided, but readers see the outcome only when its marker is in
 * every partition, some milliseconds later. Waits for that, so that a process that commits and then reads finds its records.
 *
 * If the broker is too slow or fails meanwhile, nothing is lost: the outcome is decided, so this never fails.
 */
export class MarkerWatch {
  readonly #reader: ClusterReader;
  /** The broker's id of this producer, read from its first records: kafkajs does not expose it. */
  #producerId: string | undefined;

  constructor(reader: ClusterReader) {
    this.#reader = reader;
  }

  /** `written`: the last record of the transaction in each partition it wrote to. */
  async untilMarked(written: readonly Position[]): Promise<void> {
    const deadline = performance.now() + markerWaitMs;
    // The record itself is read only while the producer id is unknown: its batch can be large.
    const passed = this.#producerId === undefined ? 0n : 1n;
    let waiting = written.map((last) => ({ ...last, offset: last.offset + passed }));
    for (let looks = 1; waiting.length > 0; looks += 1) {
      waiting = await this.#unmarked(waiting).catch(() => waiting);
      if (performance.now() > deadline) return;
      if (waiting.length > 0) await pause(pauseAfter(betweenLooks, looks));
    }
  }

  /** Where to continue in the partitions that have no marker yet. */
  async #unmarked(positions: readonly Position[]): Promise<Position[]> {
    const byLeader = new Map<number, Position[]>();
    for (const position of positions) {
      const leader = await this.#reader.leaderOf(position);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
    }
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, asked]) =>
        this.#reader.fetchFrom(leader, asked, 'read-uncommitted', noWaitMs),
      ),
    );
    return answers
      .flatMap((answer) => answer ?? [])
      .flatMap(({ position, fetched }) => this.#next(position, fetched));
  }

  /** Empty when the marker was found, else where to continue. */
  #next(position: Position, fetched: FetchedPartition): readonly Position[] {
    const messages = fetched.messages.filter(({ offset }) => BigInt(offset) >= position.offset);
    this.#producerId ??= messages[0]?.batchContext.producerId;
    const isMarked = messages.some(
      ({ isControlRecord, batchContext }) => isControlRecord && batchContext.producerId === this.#producerId,
    );
    if (isMarked) return [];
    const newest = messages.at(-1);
    return [newest === undefined ? position : { ...position, offset: BigInt(newest.offset) + 1n }];
  }
}
