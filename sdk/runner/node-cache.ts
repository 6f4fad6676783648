import type { NodeId } from '../../domain/base/ids.js';
import type { Columns } from '../nodes/cache-view.js';
import { Series, SeriesColumn } from '../nodes/column.js';
import type { OutputSchema } from '../nodes/output-schema.js';

/** The newest bars of one stream: one ring buffer of float64 per field. */
export class CachedStream {
  readonly #fields: readonly string[];
  readonly #series: readonly Series[];
  /** Number of bars appended so far. */
  bars = 0;
  /** Bucket of the newest bar, in whole seconds since the epoch; NaN before the first. */
  newest = Number.NaN;

  constructor(output: OutputSchema, barsKept: number) {
    this.#fields = Object.keys(output);
    this.#series = this.#fields.map(() => new Series(barsKept));
  }

  /** Adds a bar whose values, in schema order, begin at `from`. */
  append(bucket: number, values: Float64Array, from: number): void {
    for (let field = 0; field < this.#series.length; field += 1) {
      this.#series[field]?.append(values[from + field] ?? Number.NaN);
    }
    this.bars += 1;
    this.newest = bucket;
  }

  /** Columns over the newest `length` bars; they move with the stream. */
  columns(length: number): Columns {
    const columns = this.#fields.flatMap((field, index) => {
      const series = this.#series[index];
      return series === undefined ? [] : [[field, new SeriesColumn(series, length)] as const];
    });
    return Object.freeze(Object.fromEntries(columns));
  }
}

/**
 * Caches the newest bars of each stream by `[upstream, interval]`, as many as its consumer with the longest period needs.
 * A cache belongs to one execution context, so nothing can be read across contexts.
 */
export class NodeCache {
  readonly #streams = new Map<string, CachedStream>();

  /** Creates the cache of a stream; each stream is opened once. */
  open(upstream: NodeId, interval: number, output: OutputSchema, barsKept: number): CachedStream {
    const key = keyOf(upstream, interval);
    if (this.#streams.has(key)) throw new TypeError(`the stream ${key} is open already`);
    const stream = new CachedStream(output, barsKept);
    this.#streams.set(key, stream);
    return stream;
  }

  get(upstream: NodeId, interval: number): CachedStream | undefined {
    return this.#streams.get(keyOf(upstream, interval));
  }
}

function keyOf(upstream: NodeId, interval: number): string {
  return `${upstream}:${interval}`;
}
