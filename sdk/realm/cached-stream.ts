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

  /** Number of fields. */
  get fields(): number {
    return this.#fields.length;
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
