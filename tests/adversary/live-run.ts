import type { Column } from '../../sdk/index.js';
import type { LiveRun } from './author-task.js';
import { type Market, type MarketBar, marketOutput, marketParams } from './market.js';

type Values = readonly number[];

/** A column written from its documentation alone, to compare with the one of the product. */
class PlainColumn implements Column {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
    Object.freeze(this);
  }

  get length(): number {
    return this.#values.length;
  }

  at(index: number): number {
    const value = this.#values.at(index);
    if (value === undefined || index >= this.length) throw new RangeError(`at(${index})`);
    return value;
  }

  sum(): number {
    return this.#values.reduce((total, value) => total + value, 0);
  }

  mean(): number {
    return this.sum() / this.length;
  }

  std(): number {
    const mean = this.mean();
    const squares = this.#values.reduce((total, value) => total + (value - mean) * (value - mean), 0);
    return Math.sqrt(squares / (this.length - 1));
  }

  min(): number {
    return this.#values.reduce((least, value) => Math.min(least, value), Infinity);
  }

  max(): number {
    return this.#values.reduce((most, value) => Math.max(most, value), -Infinity);
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#values[Symbol.iterator]();
  }
}

/** Calls the function as its author would, without a realm, until it throws. */
export function runLive(compute: (view: unknown) => unknown, market: Market, period: number): LiveRun {
  const values: number[] = [];
  const bars = market.price.length;
  for (let bar = period - 1; bar < bars; bar += 1) {
    try {
      values.push(numberOf(compute(viewAt(market, bar, period))));
    } catch (error) {
      return { values: Float64Array.from(values), threw: String(error) };
    }
  }
  return { values: Float64Array.from(values) };
}

/** A node with one output returns the number, or a row. */
function numberOf(result: unknown): number {
  const value: unknown =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'value') : result;
  if (typeof value !== 'number') throw new TypeError(`returned ${typeof value}`);
  return value;
}

const params = deepFrozen(structuredClone(marketParams));

function viewAt({ price, other }: Market, bar: number, period: number): object {
  const window = [bar - period + 1, bar + 1] as const;
  return Object.freeze({
    other: columnsOf(other.slice(...window)),
    price: columnsOf(price.slice(...window)),
    params,
    time: price[bar]?.time ?? Number.NaN,
  });
}

function columnsOf(window: readonly MarketBar[]): object {
  const columns = Object.keys(marketOutput).map((field, index) => {
    return [field, new PlainColumn(window.map(({ values }) => values[index] ?? Number.NaN))];
  });
  return Object.freeze(Object.fromEntries(columns));
}

function deepFrozen(value: object): object {
  for (const member of Object.values(value)) if (typeof member === 'object') deepFrozen(member);
  return Object.freeze(value);
}
