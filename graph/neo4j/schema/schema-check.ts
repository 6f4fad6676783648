import { graphSchemaNames } from '../../schema.js';
import { readText } from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';

/** Constraints and indexes of `graphSchema` that are missing, or not filled yet. */
export async function missingIndexes(maintenance: Maintenance): Promise<readonly string[]> {
  // A constraint has an index of the same name.
  const rows = await maintenance.run('read indexes', 'SHOW INDEXES YIELD name, state');
  const online = new Set(
    rows.filter((row) => readText(row, 'state') === 'ONLINE').map((row) => readText(row, 'name')),
  );
  return graphSchemaNames.filter((name) => !online.has(name));
}

/** The warning for an operator. */
export function missingIndexesMessage(missing: readonly string[]): string {
  return (
    `the graph store lacks ${missing.length} constraints or indexes (${missing.join(', ')}): ` +
    'reads are slow and concurrent writers may create duplicates; ' +
    'run `qmtl neo4j-init` (docs/neo4j.md#indexes says what each is for)'
  );
}
