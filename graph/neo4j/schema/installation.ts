import { QmtlError } from '../../../domain/base/errors.js';
import { maybe, readBoolean, readInteger, readText } from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';

/**
 * The form of what is stored. A release that reads or writes another form counts it up. 2: queries have no queues. 3: stored values
 * have numbered forms. 4: queues have generations.
 */
export const graphFormat = 4;
/** The migration that brings a graph into this form. It raises the format at its beginning, so that earlier releases are refused meanwhile. */
export const formatMigration = 7;

/** The name of a graph and of everything that belongs to it; made once, and restored with it. */
export async function createInstallation(maintenance: Maintenance): Promise<void> {
  await maintenance.run(
    'create the installation',
    `MERGE (i:Installation {name: 'this'})
     ON CREATE SET i.id = randomUUID(), i.created_at = timestamp(), i.format = 1`,
  );
}

/** Says that the graph has a form: earlier releases refuse it from then on. A newer form is left as it is. */
export async function raiseFormat(maintenance: Maintenance, format: number): Promise<void> {
  await maintenance.run(
    'note the format',
    `MATCH (i:Installation {name: 'this'})
     SET i.format = CASE WHEN i.format > $format THEN i.format ELSE $format END`,
    { format },
  );
}

/** The id of the installation. Throws E_CONFIG when the graph is not set up for this release, or a newer one wrote it. */
export async function readInstallation(maintenance: Maintenance): Promise<string> {
  const [row] = await maintenance.run(
    'read the installation',
    `MATCH (i:Installation {name: 'this'})
     RETURN i.id AS id, i.format AS format, EXISTS { (:Migration {number: $number}) } AS migrated`,
    { number: formatMigration },
  );
  if (row === undefined || readInteger(row, 'format') < graphFormat || !readBoolean(row, 'migrated'))
    throw new QmtlError('E_CONFIG', 'the graph store is not set up for this release of QMTL', {
      hint: 'run `qmtl neo4j-init` once; it is safe to run again',
    });
  refuseNewer(readInteger(row, 'format'));
  return readText(row, 'id');
}

/** Throws E_CONFIG when a newer release wrote the graph: what this one would create there may be in the way of the newer one. */
export async function refuseNewerGraph(maintenance: Maintenance): Promise<void> {
  const [row] = await maintenance.run(
    'read the format',
    `MATCH (i:Installation {name: 'this'}) RETURN i.format AS format`,
  );
  if (row !== undefined) refuseNewer(maybe(row, 'format', readInteger) ?? 1);
}

function refuseNewer(format: number): void {
  if (format <= graphFormat) return;
  throw new QmtlError(
    'E_CONFIG',
    `the graph store has format ${format}, and this release of QMTL knows formats up to ${graphFormat}`,
    { hint: 'use the release that wrote it, or a newer one' },
  );
}
