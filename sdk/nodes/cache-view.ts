import type { Json } from '../../std/json.js';
import type { Column } from './column.js';
import type { OutputSchema } from './output-schema.js';

/**
 * Constants of a node: JSON, and part of its identity.
 *
 * @example
 * ```ts
 * import type { Params } from 'qmtl';
 *
 * const params: Params = { window: 20, thresholds: [0.1, 0.2] };
 * ```
 */
export type Params = { readonly [name: string]: Json };

/**
 * The fields of one input.
 *
 * @example
 * ```ts
 * import type { Columns } from 'qmtl';
 *
 * const spread = (price: Columns<{ bid: 'float64'; ask: 'float64' }>) => price.ask.at(-1) - price.bid.at(-1);
 * ```
 */
export type Columns<O extends OutputSchema = OutputSchema> = { readonly [F in keyof O]: Column };

/** The members of every view. */
export interface ViewBase {
  /** The node's params in canonical form, frozen. */
  readonly params: Params;
  /** Start of the bar being computed, in whole seconds since the epoch: event time, never the clock. */
  readonly time: number;
}

/** Names that inputs cannot have, because the view has members with these names. */
export const reservedInputNames: readonly string[] = [
  'params',
  'time',
] as const satisfies readonly (keyof ViewBase)[];

/**
 * One input of a view: its columns; for a tag query an array with the columns of each matching node, in NodeID order.
 *
 * @example
 * ```ts
 * import type { InputView, SourceNode } from 'qmtl';
 *
 * type Price = SourceNode<{ readonly close: 'float64' }>;
 * const change = (price: InputView<Price>) => price.close.at(-1) - price.close.at(0);
 * ```
 */
export type InputView<N extends { readonly kind: string; readonly output: OutputSchema }> = N extends {
  readonly kind: 'tag-query';
}
  ? readonly Columns<N['output']>[]
  : Columns<N['output']>;

/**
 * The only argument of a compute function: everything it may read. It is read-only.
 *
 * `view.price.close` is the column of field `close` of the input named `price`; every column is exactly as long as the
 * node's `period`.
 *
 * @example
 * ```ts
 * import { bars, type CacheView, days, node, type SourceNode, source } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * type View = CacheView<{ price: SourceNode<{ readonly close: 'float64' }> }, { readonly factor: 2 }>;
 *
 * function scaled(view: View): number {
 *   return view.price.close.mean() * view.params.factor;
 * }
 *
 * const doubled = node('doubled', { inputs: { price }, period: bars(3), params: { factor: 2 }, compute: scaled });
 * ```
 */
export type CacheView<
  I extends Readonly<Record<string, { readonly kind: string; readonly output: OutputSchema }>>,
  P extends Params,
> = {
  readonly [N in keyof I]: InputView<I[N]>;
} & {
  readonly params: P;
  readonly time: number;
};

/** The writable side of a view, for the caller of compute. */
export interface OpenView {
  readonly view: ViewBase;
  /** Sets the bar that is computed next: its start in whole seconds since the epoch. */
  moveTo(time: number): void;
}

/**
 * A view over columns that move by themselves (`SeriesColumn`): created once per node, used for every bar.
 *
 * The array of a tag query may change between two calls of compute.
 */
export function openView(
  params: Params,
  inputs: Readonly<Record<string, Columns | readonly Columns[]>>,
): OpenView {
  let now = Number.NaN;
  // Sorted: views of equal nodes list their inputs in the same order.
  const sorted = Object.fromEntries(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1)));
  // The getter too is an object that compute could store something in.
  const get = Object.freeze(() => now);
  const view: ViewBase = Object.freeze(
    Object.defineProperty({ ...sorted, params, time: now }, 'time', { get, enumerable: true }),
  );
  return {
    view,
    moveTo(time: number): void {
      now = time;
    },
  };
}
