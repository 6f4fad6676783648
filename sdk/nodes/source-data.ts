import type { OutputSchema } from './output-schema.js';

/**
 * One bar of a source.
 *
 * @example
 * ```ts
 * import type { SourceBar } from 'qmtl';
 *
 * const bar: SourceBar = { time: 86_400, values: Float64Array.of(101.5) };
 * ```
 */
export interface SourceBar {
  /** Start of the bar, in whole seconds since the epoch. */
  readonly time: number;
  /** One value per field, in the order of the output schema. */
  readonly values: Float64Array;
}

/**
 * The history of a source, read by a runner.
 *
 * @example
 * ```ts
 * import type { SourceData } from 'qmtl';
 *
 * const data: SourceData = {
 *   description: 'two closes',
 *   read: async () => [
 *     { time: 0, values: Float64Array.of(100) },
 *     { time: 86_400, values: Float64Array.of(101.5) },
 *   ],
 * };
 * ```
 */
export interface SourceData {
  /** For messages, e.g. a file name. */
  readonly description: string;
  /** All bars in strictly ascending time. Throws QmtlError `E_FILE` or `E_DATA`. */
  read(output: OutputSchema): Promise<readonly SourceBar[]>;
}
