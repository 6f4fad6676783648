import type { Columns } from '../nodes/cache-view.js';
import { Series, SeriesColumn } from '../nodes/column.js';
import type { OutputSchema } from '../nodes/output-schema.js';

/**
 * The newest bars of one stream: one ring buffer of float64 per field.
 *
 * Nodes are evaluated one after the other, each for all buckets of a request, so a stream has newer bars than its consumers may
 * see: `showTo` says up to which bucket its columns go.
 */
export class CachedStream {
  readonly #fields: readonly string[];
  readonly #series: readonly Series[];
  /** For each bucket of the request, the end of the series with its bar; 0 when the stream has no such bar. */
  #ends = new Int32Array(0);
  #buckets = 0;
  /** The end of the series with the newest bar. */
  #end = 0;
  /** The same before the request. */
  #start = 0;
  /** Number of bars before the request. */
  #barsBefore = 0;

  constructor(output: OutputSchema, barsKept: number) {
    this.#fields = Object.keys(output);
    this.#series = this.#fields.map(() => new Series(barsKept));
  }

  /** Number of fields. */
  get fields(): number {
    return this.#fields.length;
  }

  /** Number of bars appended so far. */
  get bars(): number {
    return this.#barsBefore + this.rows;
  }

  /** Number of bars of the present request. */
  get rows(): number {
    return this.#end - this.#start;
  }

  /** Begins a request for some buckets. Until the next one, no bar is moved in memory. */
  begin(buckets: number): void {
    this.#barsBefore = this.bars;
    this.showTo(this.#end);
    for (const series of this.#series) series.makeRoom(buckets);
    this.#end = this.#series[0]?.end ?? 0;
    this.#start = this.#end;
    this.#buckets = buckets;
    if (this.#ends.length < buckets) this.#ends = new Int32Array(buckets);
    else this.#ends.fill(0, 0, buckets);
  }

  /** Adds the bar of a bucket of the request, after those before it. Its values, in schema order, begin at `from`. */
  append(bucket: number, values: Float64Array, from: number): void {
    const at = this.#end;
    for (let field = 0; field < this.#series.length; field += 1) {
      const series = this.#series[field];
      if (series !== undefined) series.values[at] = values[from + field] ?? Number.NaN;
    }
    this.#end = at + 1;
    this.#ends[bucket] = this.#end;
  }

  /** Adds one bar, which the columns show. */
  push(values: Float64Array, from: number): void {
    this.begin(1);
    this.append(0, values, from);
    this.showTo(this.#end);
  }

  /** The end of the series with the bar of a bucket; 0 when there is none. */
  endAt(bucket: number): number {
    return this.#ends[bucket] ?? 0;
  }

  /** The least end with that many bars. */
  endOf(bars: number): number {
    return Math.max(1, this.#start + bars - this.#barsBefore);
  }

  /** Lets the columns go up to an end. */
  showTo(end: number): void {
    for (let field = 0; field < this.#series.length; field += 1) {
      const series = this.#series[field];
      if (series !== undefined) series.end = end;
    }
  }

  /** Writes the bars of the request: their times, then their values, one bar after the other. Returns the place after them. */
  copyTo(into: Float64Array, from: number, times: Float64Array): number {
    let at = from;
    for (let bucket = 0; bucket < this.#buckets; bucket += 1) {
      if (this.endAt(bucket) === 0) continue;
      into[at] = times[bucket] ?? Number.NaN;
      at += 1;
    }
    const { rows, fields } = this;
    for (const [field, { values }] of this.#series.entries()) {
      for (let row = 0; row < rows; row += 1)
        into[at + row * fields + field] = values[this.#start + row] ?? Number.NaN;
    }
    return at + rows * fields;
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
