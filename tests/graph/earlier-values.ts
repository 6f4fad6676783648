import { isDagDigest } from '../../domain/base/ids.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { fromCypher, type Row, readKind, readRow, readText } from '../../graph/neo4j/driver/cypher-value.js';
import {
  maybeStored,
  readMismatches,
  readStored,
  type StoredForm,
  storedContext,
  storedEvent,
  storedReceipt,
  storedTagPlan,
} from '../../graph/neo4j/rows/stored-form.js';
import { withSession } from './neo4j-fixture.js';

/** Makes of a graph of this release what releases before format 3 wrote: values as JSON of what they had in memory. */
export async function toJsonValues(store: GraphStore): Promise<void> {
  await rewrite('Dag', async (row) => {
    const dag = await store.dag(readKind(row, 'digest', isDagDigest));
    return { body: JSON.stringify({ nodes: dag?.nodes }), form: null };
  });
  await rewrite('Submission', async (row) => {
    const receipt = maybeStored(storedReceipt, row, 'receipt', 'it');
    const { outputs: _later, ...earlier } = receipt ?? { outputs: [] };
    const planned = [...(maybeStored(storedTagPlan, row, 'planned_tags', 'it') ?? [])];
    return {
      context: jsonOf(storedContext, row, 'context'),
      receipt: receipt === undefined ? null : JSON.stringify(earlier),
      planned_tags: null,
      output_names: null,
      output_ids: null,
      tagged_ids: planned.map(([nodeId]) => nodeId),
      tagged_tags: planned.map(([, tags]) => JSON.stringify(tags)),
    };
  });
  await rewrite('Queue', async (row) => ({
    mismatches: JSON.stringify(readMismatches(row, 'mismatches', 'it')),
  }));
  for (const label of ['Outbox', 'ParkedEvent'])
    await rewrite(label, async (row) => ({ event: jsonOf(storedEvent, row, 'event') }));
  await withSession((session) =>
    session.run(
      'MATCH (i:Installation) SET i.format = 2 WITH i MATCH (m:Migration) WHERE m.number IN [6, 7] DELETE m',
    ),
  );
}

function jsonOf<T>(kind: StoredForm<T>, row: Row, name: string): string {
  return JSON.stringify(readStored(kind, row, name, 'it'));
}

async function rewrite(label: string, change: (row: Row) => Promise<object>): Promise<void> {
  await withSession(async (session) => {
    const { records } = await session.run(
      `MATCH (n:${label}) RETURN elementId(n) AS id, properties(n) AS row`,
    );
    for (const record of records) {
      const row = { id: record.get('id'), row: fromCypher(record.get('row')) };
      const properties = await change(readRow(row, 'row'));
      await session.run('MATCH (n) WHERE elementId(n) = $id SET n += $properties', {
        id: readText(row, 'id'),
        properties,
      });
    }
  });
}
