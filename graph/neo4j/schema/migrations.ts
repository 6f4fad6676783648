import type { Driver } from 'neo4j-driver';
import { graphSchema } from '../../schema.js';
import { readInteger, readText } from '../driver/cypher-value.js';
import { Maintenance } from '../driver/maintenance.js';
import { epochShards } from '../facts/epoch.js';
import { createInstallation, formatMigration, refuseNewerGraph } from './installation.js';
import { inPages } from './pages.js';
import { hasQueuesOfQueries, removeQueuesOfQueries } from './queries-without-queues.js';
import { giveQueuesGenerations, isOfEarlierRelease } from './queue-generations.js';
import { missingIndexes } from './schema-check.js';
import { giveValuesForms, hasValuesWithoutForms } from './stored-values.js';

/** A migration. Its number is never reused; it is safe to run again, and in two processes at once. */
interface Migration {
  readonly number: number;
  readonly name: string;
  readonly run: (maintenance: Maintenance) => Promise<void>;
  /** Whether it has to run again, although it is recorded as done. */
  readonly isUndone?: (maintenance: Maintenance) => Promise<boolean>;
}

export interface MigrationResult {
  readonly number: number;
  readonly name: string;
  /** False: it was done before. */
  readonly ran: boolean;
}

export interface MigrationReport {
  readonly migrations: readonly MigrationResult[];
  /** Names of constraints and indexes that were missing before. */
  readonly made: readonly string[];
}

/** Nodes per transaction of a backfill: bounds the locks it holds and the server's memory. */
const backfillRowsMax = 5_000;
/** How long filling the indexes of a large graph may take. */
const indexSecondsMax = 600;

const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'constraints and indexes',
    run: createSchema,
    // An index may have been dropped by hand.
    isUndone: async (maintenance) => (await missingIndexes(maintenance)).length > 0,
  },
  { number: 2, name: 'schema_id becomes schema_compat_id', run: backfillSchemaCompatIds },
  { number: 3, name: 'shards of the graph epoch', run: createEpochShards },
  { number: 4, name: 'id of the installation', run: createInstallation },
  {
    number: 5,
    name: 'queries without queues',
    run: removeQueuesOfQueries,
    // A worker of an earlier release may have gone on for a while.
    isUndone: hasQueuesOfQueries,
  },
  {
    number: 6,
    name: 'stored values have forms',
    run: giveValuesForms,
    // As above.
    isUndone: hasValuesWithoutForms,
  },
  {
    number: formatMigration,
    name: 'queues have generations, and what uses them',
    run: giveQueuesGenerations,
    isUndone: isOfEarlierRelease,
  },
];

/** Brings a graph up to date, including an empty one, and reports what was done. */
export async function migrate(driver: Driver, database?: string): Promise<MigrationReport> {
  const maintenance = new Maintenance(driver, database);
  await refuseNewerGraph(maintenance);
  const missing = await missingIndexes(maintenance);
  const done = await doneMigrations(maintenance);
  const results: MigrationResult[] = [];
  for (const { number, name, run, isUndone } of migrations) {
    const ran = !done.has(number) || (await isUndone?.(maintenance)) === true;
    if (ran) {
      await run(maintenance);
      await record(maintenance, number, name);
    }
    results.push({ number, name, ran });
  }
  return { migrations: results, made: missing };
}

async function doneMigrations(maintenance: Maintenance): Promise<ReadonlySet<number>> {
  const rows = await maintenance.run('read migrations', 'MATCH (m:Migration) RETURN m.number AS number');
  return new Set(rows.map((row) => readInteger(row, 'number')));
}

async function record(maintenance: Maintenance, number: number, name: string): Promise<void> {
  await maintenance.run(
    'record a migration',
    'MERGE (m:Migration {number: $number}) ON CREATE SET m.name = $name, m.done_at = timestamp()',
    { number, name },
  );
}

async function createSchema(maintenance: Maintenance): Promise<void> {
  await dropEarlierForms(maintenance);
  for (const statement of graphSchema) await maintenance.run('create a constraint or index', statement);
  await maintenance.run('wait for indexes', 'CALL db.awaitIndexes($seconds)', { seconds: indexSecondsMax });
}

/** Earlier releases created `kafka_topic` as a plain index, and a constraint of another name: either would prevent the constraint. */
async function dropEarlierForms(maintenance: Maintenance): Promise<void> {
  const plain = await maintenance.run(
    'read indexes',
    "SHOW INDEXES YIELD name, owningConstraint WHERE name = 'kafka_topic' AND owningConstraint IS NULL RETURN name",
  );
  for (const row of plain)
    await maintenance.run('drop an index', `DROP INDEX ${readText(row, 'name')} IF EXISTS`);
  await maintenance.run('drop a constraint', 'DROP CONSTRAINT queue_topic IF EXISTS');
}

/** For older graphs, whose nodes have only `schema_id`. In batches, in id order. */
async function backfillSchemaCompatIds(maintenance: Maintenance): Promise<void> {
  await inPages(
    maintenance,
    'copy schema_id to schema_compat_id',
    `MATCH (c:ComputeNode)
     WHERE c.node_id > $after
     WITH c ORDER BY c.node_id LIMIT $rows_max
     FOREACH (old IN CASE WHEN coalesce(c.schema_compat_id, '') = '' AND c.schema_id IS NOT NULL THEN [c] ELSE [] END |
       SET old.schema_compat_id = old.schema_id)
     RETURN max(c.node_id) AS last`,
    { rows_max: backfillRowsMax },
  );
}

async function createEpochShards(maintenance: Maintenance): Promise<void> {
  await maintenance.run(
    'create epoch shards',
    `UNWIND range(0, $shards - 1) AS shard
     MERGE (e:GraphEpoch {shard: shard})
     ON CREATE SET e.epoch = 0`,
    { shards: epochShards },
  );
}
