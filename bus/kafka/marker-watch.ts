import { pause } from './client.js';
import type { ClusterReader, Position } from './cluster.js';

/** How long the end of a transaction waits for the broker's marker in every partition. */
const markerWaitMs = 5_000;
const markerPauseMs = 2;

/**
 * The broker has decided when the end of a transaction is answered, but readers see it only when its marker stands in every
 * partition, some milliseconds later. Waits for that, so that who commits and then reads finds its own records.
 *
 * A broker too slow to write them within the wait loses nothing: the outcome stands.
 */
export class MarkerWatch {
  readonly #reader: ClusterReader;
  /** What the broker calls this producer, learned from its first records: kafkajs does not tell. */
  #producerId: string | undefined;

  constructor(reader: ClusterReader) {
    this.#reader = reader;
  }

  /** `written`: the last record of the transaction in each partition it wrote to. */
  async await(written: readonly Position[]): Promise<void> {
    const deadline = performance.now() + markerWaitMs;
    await Promise.all(written.map((last) => this.#awaitOne(last, deadline)));
  }

  async #awaitOne(last: Position, deadline: number): Promise<void> {
    while (!(await this.#hasMarker(last)) && performance.now() < deadline) await pause(markerPauseMs);
  }

  async #hasMarker(last: Position): Promise<boolean> {
    // The record itself is read only while it still has to tell who wrote it: its batch can be large.
    let position = this.#producerId === undefined ? last : { ...last, offset: last.offset + 1n };
    for (;;) {
      const fetched = await this.#reader.fetch(position, 'read-uncommitted');
      if (fetched === undefined) return true;
      const messages = fetched.messages.filter(({ offset }) => BigInt(offset) >= position.offset);
      this.#producerId ??= messages[0]?.batchContext.producerId;
      const isMarked = messages.some(
        ({ isControlRecord, batchContext }) =>
          isControlRecord && batchContext.producerId === this.#producerId,
      );
      const newest = messages.at(-1);
      if (isMarked || newest === undefined) return isMarked;
      position = { ...position, offset: BigInt(newest.offset) + 1n };
    }
  }
}
