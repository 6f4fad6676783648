import { readInteger, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { keyCounts, numbersOf } from './key-counts.js';

const countStreams = statement(
  'count streams up',
  `UNWIND $streams AS stream
   MERGE (s:Stream {key: stream.key})
   SET s.seq = coalesce(s.seq, 0) + stream.count,
       s.due = CASE WHEN s.due > $at THEN s.due ELSE $at END
   RETURN stream.key AS key, s.seq AS seq, s.due AS due`,
);

/** The place of an event in its stream. `due` never decreases along a stream, whatever the clocks of its writers. */
export interface PlaceInStream {
  readonly seq: number;
  readonly due: number;
}

/** The places of events, in the order given, in the streams named. A stream outlives what its events are about. */
export async function placesInStreams(
  tx: GraphTransaction,
  streams: readonly string[],
  at: number,
): Promise<readonly PlaceInStream[]> {
  if (streams.length === 0) return [];
  const rows = await tx.run(countStreams, { streams: keyCounts(streams), at });
  const last = new Map(rows.map((row) => [readText(row, 'key'), readInteger(row, 'seq')]));
  const due = new Map(rows.map((row) => [readText(row, 'key'), readInteger(row, 'due')]));
  const seqs = numbersOf(streams, last);
  return streams.map((key, index) => ({ seq: seqs[index] ?? 0, due: due.get(key) ?? at }));
}
