import type { Bars } from './messages.js';

const rowsAtFirst = 64;

/** Bars of one stream: a time and one value per field. All rows share two arrays, so that bars need no objects. */
export class BarRows {
  readonly fields: number;
  #times: Float64Array = new Float64Array(rowsAtFirst);
  #values: Float64Array;
  #rows = 0;

  constructor(fields: number) {
    this.fields = fields;
    this.#values = new Float64Array(rowsAtFirst * fields);
  }

  /** Rows over existing arrays, which are not copied. */
  static of(fields: number, bars: Bars): BarRows {
    const rows = new BarRows(fields);
    rows.#times = bars.times;
    rows.#values = bars.values;
    rows.#rows = bars.times.length;
    return rows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The values of all rows, one row after the other, followed by unused space. Valid until the next `append`. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Adds the bar whose values begin at `from`. */
  append(time: number, values: Float64Array, from = 0): void {
    this.reserve(this.#rows + 1);
    this.#times[this.#rows] = time;
    this.#rows += 1;
    this.replace(this.#rows - 1, values, from);
  }

  replace(row: number, values: Float64Array, from = 0): void {
    const start = row * this.fields;
    for (let field = 0; field < this.fields; field += 1) {
      this.#values[start + field] = values[from + field] ?? Number.NaN;
    }
  }

  /** Start of a bar, in whole seconds since the epoch; NaN for a row that does not exist. */
  time(row: number): number {
    return row >= 0 && row < this.#rows ? (this.#times[row] ?? Number.NaN) : Number.NaN;
  }

  /** Gives all rows away, without copying them: there are none left. */
  giveAway(): Bars {
    const bars = {
      times: this.#times.subarray(0, this.#rows),
      values: this.#values.subarray(0, this.#rows * this.fields),
    };
    this.#rows = 0;
    this.#times = new Float64Array(0);
    this.#values = new Float64Array(0);
    return bars;
  }

  /** Adds bars, one after the other. */
  appendAll({ times, values }: Bars): void {
    this.reserve(this.#rows + times.length);
    this.#times.set(times, this.#rows);
    this.#values.set(values, this.#rows * this.fields);
    this.#rows += times.length;
  }

  /** Makes space for a number of rows at once. */
  reserve(rows: number): void {
    if (rows > this.#times.length) this.#resize(Math.max(rows, this.#times.length * 2));
  }

  times(): Float64Array {
    return this.#times.slice(0, this.#rows);
  }

  /** One field over all rows. */
  column(field: number): Float64Array {
    const column = new Float64Array(this.#rows);
    for (let row = 0; row < this.#rows; row += 1) {
      column[row] = this.#values[row * this.fields + field] ?? Number.NaN;
    }
    return column;
  }

  /** Whether a row has the same values, bit for bit, except that all NaNs are equal. */
  rowEquals(row: number, values: Float64Array, from: number): boolean {
    for (let field = 0; field < this.fields; field += 1) {
      if (!Object.is(this.#values[row * this.fields + field], values[from + field])) return false;
    }
    return true;
  }

  /** The same rows, sorted by time. */
  sorted(): BarRows {
    const order = Array.from({ length: this.#rows }, (_, row) => row);
    if (order.every((row) => row === 0 || this.time(row - 1) < this.time(row))) return this;
    order.sort((a, b) => this.time(a) - this.time(b));
    const sorted = new BarRows(this.fields);
    for (const row of order) sorted.append(this.time(row), this.#values, row * this.fields);
    return sorted;
  }

  #resize(length: number): void {
    const times = new Float64Array(length);
    times.set(this.#times.subarray(0, this.#rows));
    const values = new Float64Array(length * this.fields);
    values.set(this.#values.subarray(0, this.#rows * this.fields));
    this.#times = times;
    this.#values = values;
  }
}

/** Finds rows by time, for requests in ascending order: each row is passed once. */
export class BarCursor {
  readonly rows: BarRows;
  #next = 0;

  /** `rows`: sorted by time. */
  constructor(rows: BarRows) {
    this.rows = rows;
  }

  /** The row of a time, or -1. */
  rowAt(time: number): number {
    while (this.rows.time(this.#next) < time) this.#next += 1;
    return this.rows.time(this.#next) === time ? this.#next : -1;
  }
}

/** A bucket, in seconds since the epoch, for display: an ISO date, or the number when it is not a date. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

const quietNanHigh = 0x7ff80000;

/**
 * Writes a float64, little-endian, and returns the offset after it.
 *
 * There are about 2⁵³ NaNs, and which of them an operation produces depends on the processor and on how far the engine has
 * optimised the code, so equal outputs could differ in their bytes. Therefore every NaN is written as the same one.
 */
export function writeFloat64(into: DataView, offset: number, value: number): number {
  if (Number.isNaN(value)) {
    into.setUint32(offset, 0, true);
    into.setUint32(offset + 4, quietNanHigh, true);
  } else {
    into.setFloat64(offset, value, true);
  }
  return offset + 8;
}
