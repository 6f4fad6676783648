import type { Columns } from '../nodes/cache-view.js';
import type { CachedStream } from './cached-stream.js';

/** One input of a compute node; `Key` names a stream. */
interface Input<Key> {
  readonly name: string;
  readonly upstreams: readonly Key[];
  readonly isList: boolean;
}

/** The streams that the inputs of a node read, and what its view shows of them. */
export function openInputs<Key>(
  inputs: readonly Input<Key>[],
  period: number,
  streamOf: (upstream: Key) => CachedStream | undefined,
): { readonly streams: readonly CachedStream[]; readonly columns: InputColumns } {
  const opened = inputs.map(({ name, upstreams, isList }) => {
    const streams = upstreams.flatMap((upstream) => streamOf(upstream) ?? []);
    return { streams, column: [name, viewOf(streams, isList, period)] as const };
  });
  return {
    streams: opened.flatMap(({ streams }) => streams),
    columns: Object.fromEntries(opened.map(({ column }) => column)),
  };
}

type InputColumns = Readonly<Record<string, Columns | readonly Columns[]>>;

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
