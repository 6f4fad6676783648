import type { Json } from '../../std/json.js';
import type { Column } from './column.js';
import type { OutputSchema } from './output-schema.js';

/** Constants of a node: JSON, part of its identity. */
export type Params = { readonly [name: string]: Json };

/** The fields of one input. */
export type Columns<O extends OutputSchema = OutputSchema> = { readonly [F in keyof O]: Column };

declare const none: unique symbol;
/** Params of a node that has none. */
export type NoParams = { readonly [none]?: never };

/** What every view has, whatever its inputs. */
export interface ViewBase {
  /** The node's params in canonical form, frozen. */
  readonly params: Params;
  /** Start of the bar being computed, whole seconds since the epoch: event time, never the clock. */
  readonly time: number;
}

/** Input names a node cannot use: the view has members of these names. */
export type ReservedInputName = keyof ViewBase;
export const reservedInputNames: readonly string[] = [
  'params',
  'time',
] as const satisfies readonly ReservedInputName[];

/** What a node looks like to those who read it. */
interface Readable {
  readonly kind: 'source' | 'compute' | 'tag-query';
  readonly output: OutputSchema;
}

/** One input of a view: its columns; for a tag query an array of columns, one entry a matching node, in NodeID order. */
export type InputView<N extends Readable> = N extends { readonly kind: 'tag-query' }
  ? readonly Columns<N['output']>[]
  : Columns<N['output']>;

/**
 * The one argument of a compute function: everything it may read, and nothing it may change.
 *
 * `view.price.close` is the column of field `close` of the input named `price`; every column is exactly as long as the
 * node's `period`.
 */
export type CacheView<I extends Readonly<Record<string, Readable>>, P extends Params> = {
  readonly [N in keyof I]: InputView<I[N]>;
} & {
  readonly params: P;
  readonly time: number;
};

/** The writing side of a view: held by who calls compute, never by compute. */
export interface OpenView {
  readonly view: ViewBase;
  /** Says which bar is computed next: its start in whole seconds since the epoch. */
  moveTo(time: number): void;
}

/**
 * A view over columns that move by themselves (`SeriesColumn`): made once a node, used for every bar.
 *
 * The array given for a tag query may change between two calls of compute.
 */
export function openView(
  params: Params,
  inputs: Readonly<Record<string, Columns | readonly Columns[]>>,
): OpenView {
  let now = Number.NaN;
  // Sorted: views of equal nodes list their inputs in the same order.
  const sorted = Object.fromEntries(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1)));
  const view: ViewBase = Object.freeze({
    ...sorted,
    params,
    get time(): number {
      return now;
    },
  });
  return {
    view,
    moveTo(time: number): void {
      now = time;
    },
  };
}
