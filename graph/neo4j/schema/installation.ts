import { QmtlError } from '../../../domain/base/errors.js';
import { readInteger, readText } from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';

/** The form of what is stored. A release that reads or writes another form counts it up. */
export const graphFormat = 1;

/** The name of a graph and of everything that belongs to it; made once, and restored with it. */
export async function createInstallation(maintenance: Maintenance): Promise<void> {
  await maintenance.run(
    'create the installation',
    `MERGE (i:Installation {name: 'this'})
     ON CREATE SET i.id = randomUUID(), i.created_at = timestamp()
     SET i.format = CASE WHEN i.format > $format THEN i.format ELSE $format END`,
    { format: graphFormat },
  );
}

/** The id of the installation. Throws E_CONFIG when the graph is not set up, or a newer release wrote it. */
export async function readInstallation(maintenance: Maintenance): Promise<string> {
  const [row] = await maintenance.run(
    'read the installation',
    "MATCH (i:Installation {name: 'this'}) RETURN i.id AS id, i.format AS format",
  );
  if (row === undefined)
    throw new QmtlError('E_CONFIG', 'the graph store is not set up for this release of QMTL', {
      hint: 'run `qmtl neo4j-init` once; it is safe to run again',
    });
  const format = readInteger(row, 'format');
  if (format > graphFormat)
    throw new QmtlError(
      'E_CONFIG',
      `the graph store has format ${format}, and this release of QMTL knows formats up to ${graphFormat}`,
      { hint: 'use the release that wrote it, or a newer one' },
    );
  return readText(row, 'id');
}
