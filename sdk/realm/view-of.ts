import type { Columns } from '../nodes/cache-view.js';
import type { CachedStream } from './cached-stream.js';

/** The view of compute on one input. */
export function viewOf(
  streams: readonly CachedStream[],
  isList: boolean,
  period: number,
): Columns | readonly Columns[] {
  const columns = streams.map((stream) => stream.columns(period));
  const [only] = columns;
  return isList || only === undefined ? Object.freeze(columns) : only;
}
