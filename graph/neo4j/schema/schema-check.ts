import { graphSchemaNames } from '../../schema.js';
import { textOf } from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';

/** Constraints and indexes of `graphSchema` that are not there, or not filled yet. */
export async function missingIndexes(maintenance: Maintenance): Promise<readonly string[]> {
  // A constraint comes with an index of its own name.
  const rows = await maintenance.run('read indexes', 'SHOW INDEXES YIELD name, state');
  const online = new Set(
    rows.filter((row) => textOf(row, 'state') === 'ONLINE').map((row) => textOf(row, 'name')),
  );
  return graphSchemaNames.filter((name) => !online.has(name));
}

/** What an operator is told about them. */
export function missingIndexesMessage(missing: readonly string[]): string {
  return (
    `the graph store lacks ${missing.length} constraints or indexes: ${missing.join(', ')}. ` +
    'Without them reads are slow and concurrent writers are not kept apart. ' +
    'Run `qmtl neo4j-init`; docs/neo4j.md, section Indexes, says what each is for'
  );
}
