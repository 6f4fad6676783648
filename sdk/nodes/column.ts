/**
 * One field of one input in the view of a compute function: the newest `length` values, oldest first.
 *
 * All methods read the same window, allocate nothing and go from the oldest to the newest value, so equal windows have
 * bit-equal results. A NaN in the window makes every statistic NaN.
 *
 * By design, nothing depends on bars outside the window (such as an exponential average over the whole history), and nothing
 * writes. Other statistics can be computed with `at` and iteration.
 *
 * @example
 * ```ts
 * import type { Column } from 'qmtl';
 *
 * // How far the newest value is from the mean of its window, in standard deviations.
 * const zScore = (column: Column) => (column.at(-1) - column.mean()) / column.std();
 * ```
 */
export interface Column extends Iterable<number> {
  /** Number of values: the node's `period`. */
  readonly length: number;
  /**
   * One value: `at(-1)` is the newest, `at(0)` the oldest.
   *
   * Throws RangeError outside the window: to look back further, give the node a longer `period`.
   */
  at(index: number): number;
  /** Plain floating-point sum. */
  sum(): number;
  /** Arithmetic mean. */
  mean(): number;
  /** Sample standard deviation (divides by `length - 1`, two passes); NaN for a window of one value. */
  std(): number;
  /** Smallest value. */
  min(): number;
  /** Largest value. */
  max(): number;
}

/**
 * The results of `Column` are part of the meaning of every compute function, so this version is part of every code_hash.
 * Raise it when the result of a method changes for any window.
 */
export const columnSemantics = 'qmtl-column/1';

/** The newest values of one field of one node. It has one writer, and any number of columns of different lengths. */
export class Series {
  readonly #barsKept: number;
  #values: Float64Array;
  /** The number of values that columns see. */
  end = 0;

  /** `barsKept`: the longest window that is read, or the length of the history when it is known. */
  constructor(barsKept: number) {
    this.#barsKept = barsKept;
    this.#values = new Float64Array(2 * barsKept);
  }

  /** Values in time order up to, not including, `end`. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Adds the newest value; the newest `barsKept` values are kept, older ones may be dropped. */
  append(value: number): void {
    this.makeRoom(1);
    this.#values[this.end] = value;
    this.end += 1;
  }

  /** Afterwards that many values can be added without moving the others; older ones than `barsKept` may be dropped. */
  makeRoom(count: number): void {
    if (this.end + count <= this.#values.length) return;
    const kept = Math.min(this.#barsKept, this.end);
    const newest = this.#values.subarray(this.end - kept, this.end);
    // Some rounds of as many values follow before the next move.
    if (2 * kept + count > this.#values.length) this.#values = new Float64Array(2 * kept + 4 * count);
    this.#values.set(newest);
    this.end = kept;
  }
}

/** A column over the newest `length` values of a series. It moves with the series; the series must hold that many values. */
export class SeriesColumn implements Column {
  readonly #series: Series;
  readonly length: number;

  constructor(series: Series, length: number) {
    this.#series = series;
    this.length = length;
    Object.freeze(this);
  }

  at(index: number): number {
    const offset = index < 0 ? this.length + index : index;
    if (offset >= 0 && offset < this.length) {
      const value = this.#series.values[this.#series.end - this.length + offset];
      if (value !== undefined) return value;
    }
    throw new RangeError(
      `at(${index}) is outside the window of ${this.length} bars: give the node a longer period`,
    );
  }

  sum(): number {
    const { values, end } = this.#series;
    let total = 0;
    for (let i = end - this.length; i < end; i += 1) total += values[i] ?? Number.NaN;
    return total;
  }

  mean(): number {
    return this.sum() / this.length;
  }

  std(): number {
    const { values, end } = this.#series;
    const mean = this.mean();
    let squares = 0;
    for (let i = end - this.length; i < end; i += 1) {
      const deviation = (values[i] ?? Number.NaN) - mean;
      squares += deviation * deviation;
    }
    return Math.sqrt(squares / (this.length - 1));
  }

  min(): number {
    const { values, end } = this.#series;
    let least = Number.POSITIVE_INFINITY;
    for (let i = end - this.length; i < end; i += 1) least = Math.min(least, values[i] ?? Number.NaN);
    return least;
  }

  max(): number {
    const { values, end } = this.#series;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = end - this.length; i < end; i += 1) most = Math.max(most, values[i] ?? Number.NaN);
    return most;
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let i = 0; i < this.length; i += 1) yield this.at(i);
  }
}
