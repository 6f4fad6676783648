import { afterAll, beforeAll } from 'vitest';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { driver, emptyGraph, withSession } from './neo4j-fixture.js';

/** Brings a server into its initial state. */
export async function pristine(): Promise<void> {
  await withSession(async (session) => {
    await session.run('MATCH (n) DETACH DELETE n');
    for (const { name } of await constraints()) await session.run(`DROP CONSTRAINT ${name}`);
    const { records } = await session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name");
    for (const record of records) await session.run(`DROP INDEX ${String(record.get('name'))}`);
  });
}

export async function constraints(): Promise<readonly { readonly name: string }[]> {
  const { records } = await withSession((session) => session.run('SHOW CONSTRAINTS YIELD name RETURN name'));
  return records.map((record) => ({ name: String(record.get('name')) }));
}

export async function indexNames(): Promise<readonly string[]> {
  const { records } = await withSession((session) =>
    session.run(
      "SHOW INDEXES YIELD name, type, state WHERE type <> 'LOOKUP' AND state = 'ONLINE' RETURN name",
    ),
  );
  return records.map((record) => String(record.get('name'))).sort();
}

export async function installationId(): Promise<unknown> {
  const { records } = await withSession((session) => session.run('MATCH (i:Installation) RETURN i.id AS id'));
  return records.length === 1 ? records[0]?.get('id') : undefined;
}

/** Other tests of this run have workers whose namespace belongs to the installation. */
export function keepInstallation(): void {
  let installation: unknown;
  beforeAll(async () => {
    await migrate(driver);
    installation = await installationId();
  });

  afterAll(async () => {
    await migrate(driver);
    await withSession((session) =>
      session.run('MATCH (i:Installation) SET i.id = $id', { id: installation }),
    );
    await emptyGraph();
  });
}
