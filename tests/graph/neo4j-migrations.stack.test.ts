import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { driverFor } from '../../graph/neo4j/driver/connection.js';
import { graphFormat } from '../../graph/neo4j/schema/installation.js';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { graphSchemaNames } from '../../graph/schema.js';
import { sendEverything } from '../announced-events.js';
import { run, runJson } from '../cli/fake-io.js';
import { sampleSubmission } from '../samples.js';
import { graphViolations } from '../stack/graph-checker.js';
import { registrationOf, submitWhole, verifyAll } from '../submit-whole.js';
import { address, driver, openStore, withSession } from './neo4j-fixture.js';
import { constraints, indexNames, installationId, keepInstallation, pristine } from './neo4j-pristine.js';

const allNames = [...graphSchemaNames].sort();
const cliArgs = ['neo4j-init', '--uri', address.dsn, '--user', address.user];
const env = { QMTL_NEO4J_PASSWORD: address.password };

describe('setting a graph up', () => {
  beforeEach(pristine);

  keepInstallation();

  test('migrating an empty graph creates every constraint and index and reports them', async () => {
    const report = await migrate(driver);
    expect([...report.made].sort()).toEqual(allNames);
    expect(report.migrations.map(({ number, ran }) => [number, ran])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, true],
      [5, true],
      [6, true],
      [7, true],
    ]);
    expect(await indexNames()).toEqual(allNames);
  });

  test('migrating again does nothing', async () => {
    await migrate(driver);
    const again = await migrate(driver);
    expect(again.made).toEqual([]);
    expect(again.migrations.map(({ ran }) => ran)).toEqual([false, false, false, false, false, false, false]);
  });

  test('two processes that migrate at once have the same result as one', async () => {
    const other = driverFor(address);
    await Promise.all([migrate(driver), migrate(other)]);
    await other.close();
    expect(await indexNames()).toEqual(allNames);
    const { records } = await withSession((session) =>
      session.run(`RETURN COUNT { (:Migration) } AS migrations, COUNT { (:GraphEpoch) } AS shards`),
    );
    expect(records[0]?.toObject()).toEqual({ migrations: 7n, shards: 64n });
  });

  test('the id of the installation is made once and kept', async () => {
    await Promise.all([migrate(driver), migrate(driver)]);
    const id = await installationId();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await migrate(driver);
    expect(await installationId()).toBe(id);
    const store = await openStore();
    expect(store).toMatchObject({ installation: id });
  });

  test('a graph of a newer release, and one that is not set up, are refused', async () => {
    await expect(openStore()).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining('qmtl neo4j-init'),
    });
    await migrate(driver);
    await withSession((session) => session.run('MATCH (i:Installation) SET i.format = 99'));
    await expect(openStore()).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('format 99'),
    });
    await expect(migrate(driver)).rejects.toMatchObject({ message: expect.stringContaining('format 99') });
    await expect(openStore()).rejects.toMatchObject({ message: expect.stringContaining('format 99') });
  });

  test('migrating restores an index that was dropped by hand', async () => {
    await migrate(driver);
    await withSession((session) => session.run('DROP INDEX compute_tags'));
    const report = await migrate(driver);
    expect(report.made).toEqual(['compute_tags']);
    expect(await indexNames()).toEqual(allNames);
  });

  test('migrating replaces the former index and constraint on topics', async () => {
    await withSession(async (session) => {
      await session.run('CREATE CONSTRAINT queue_topic FOR (q:Queue) REQUIRE q.topic IS UNIQUE');
    });
    await migrate(driver);
    expect(await indexNames()).toEqual(allNames);
  });

  test('migrating replaces a plain index named kafka_topic', async () => {
    await withSession((session) => session.run('CREATE INDEX kafka_topic FOR (q:Queue) ON (q.topic)'));
    await migrate(driver);
    expect(await indexNames()).toEqual(allNames);
    expect((await constraints()).map(({ name }) => name)).toContain('kafka_topic');
  });

  test('migrating adds a missing schema_compat_id to older nodes and leaves the others alone', async () => {
    await withSession((session) =>
      session.run(
        `CREATE (:ComputeNode {node_id: 'a', schema_id: 'old'})
         CREATE (:ComputeNode {node_id: 'b', schema_id: 'old', schema_compat_id: ''})
         CREATE (:ComputeNode {node_id: 'c', schema_id: 'old', schema_compat_id: 'new'})
         CREATE (:ComputeNode {node_id: 'd', schema_compat_id: ''})`,
      ),
    );
    await migrate(driver);
    const { records } = await withSession((session) =>
      session.run('MATCH (c:ComputeNode) RETURN c.node_id AS id, c.schema_compat_id AS compat ORDER BY id'),
    );
    expect(records.map((record) => [record.get('id'), record.get('compat')])).toEqual([
      ['a', 'old'],
      ['b', 'old'],
      ['c', 'new'],
      ['d', ''],
    ]);
  });

  test('a graph of an earlier release is refused until it is migrated', async () => {
    await migrate(driver);
    await withSession((session) =>
      session.run(
        'MATCH (i:Installation) SET i.format = 1 WITH i MATCH (m:Migration) WHERE m.number >= 5 DELETE m',
      ),
    );
    await expect(openStore()).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining('qmtl neo4j-init'),
    });
    const { migrations } = await migrate(driver);
    expect(migrations.filter(({ ran }) => ran).map(({ number }) => number)).toEqual([5, 6, 7]);
    await openStore();
  });

  test('nothing is created in a graph that a newer release wrote', async () => {
    await migrate(driver);
    await withSession(async (session) => {
      await session.run('MATCH (i:Installation) SET i.format = 99');
      await session.run('DROP INDEX queue_buffering_since IF EXISTS');
    });
    await expect(migrate(driver)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('format 99'),
    });
    expect(await indexNames()).not.toContain('queue_buffering_since');
    await withSession((session) =>
      session.run('MATCH (i:Installation) SET i.format = $format', { format: graphFormat }),
    );
    await migrate(driver);
    expect(await indexNames()).toEqual(allNames);
  });

  test('a graph whose migration has begun and not ended is refused', async () => {
    await migrate(driver);
    await withSession((session) => session.run('MATCH (m:Migration {number: 7}) DELETE m'));
    await expect(openStore()).rejects.toMatchObject({ hint: expect.stringContaining('qmtl neo4j-init') });
    await migrate(driver);
    await openStore();
  });

  describe('queues of queries, which earlier releases made', () => {
    const query = { tags: ['btc', 'indicator'], matchMode: 'any', interval: 60 } as const;
    const sample = (strategy: string, first = 0) =>
      sampleSubmission({ nodes: 2, first, strategy, tagQuery: query });

    /** Makes of a graph of this release what the one before would have written of its queries. */
    async function toEarlierForm(): Promise<void> {
      await withSession(async (session) => {
        await session.run(
          'MATCH (i:Installation) SET i.format = 1 WITH i MATCH (m:Migration) WHERE m.number >= 5 DELETE m',
        );
        await session.run(
          `MATCH (c:ComputeNode {node_type: 'TagQueryNode'}), (s:Submission)
           WHERE c.node_id IN s.node_ids
           WITH DISTINCT c, s.namespace AS namespace, s.submission_id AS id
           SET c.tags = ['btc', 'indicator']
           CREATE (c)-[:EMITS]->(:Queue {
             topic: namespace + '.btc_TagQueryNode_' + substring(c.node_id, 7, 8), node_id: c.node_id, namespace: namespace,
             collision_key: toLower(replace(namespace, '.', '_')) + '_btc_tagquerynode_' + substring(c.node_id, 7, 8),
             state: CASE WHEN c.uncommitted IS NULL THEN 'active' ELSE 'pending' END, tag: c.tags, interval: c.interval,
             reserved_by: id, verified_at: CASE WHEN c.uncommitted IS NULL THEN 1 END, mismatches: '[]', planned_topic: 'x',
             topic_class: 'indicator', partitions: 1, replication_factor: 1, retention_ms: 1, cleanup_policy: 'delete', created_at: 1,
             generation: 1, current: true
           })
           REMOVE c.reserved_by`,
        );
        await session.run(
          `MATCH (c:ComputeNode {node_type: 'TagQueryNode'}), (t:Tag) WHERE t.name IN c.tags CREATE (c)-[:TAGGED]->(t)`,
        );
        await session.run('MATCH (s:Submission) REMOVE s.query_ids, s.tagged_ids, s.tagged_tags');
      });
    }

    test('they are removed with the tags that lead to them, and the sets they were in are announced again', async () => {
      await migrate(driver);
      const before = await openStore();
      await submitWhole(before, sample('committed'));
      const announced = await sendEverything(before);
      await toEarlierForm();
      await migrate(driver);
      const store = await openStore();
      expect(await store.totals()).toMatchObject({ nodes: 3, queues: 2 });
      expect((await store.nodesByTags(query, { itemsMax: 10 })).items).toHaveLength(2);
      const again = await sendEverything(store);
      const sets = [...announced, ...again].flatMap(({ event }) =>
        event.type === 'queue_updated' ? [event] : [],
      );
      const versions = sets.map(({ tags, version }) => `${tags.join('.')} ${version}`);
      expect(new Set(versions).size).toBe(versions.length);
      expect(again.length).toBeGreaterThan(0);
      for (const { event } of again) expect(event).toMatchObject({ queues: { length: 2 } });
      expect(await withSession(graphViolations)).toEqual([]);
      await expect(submitWhole(store, sample('later'))).resolves.toMatchObject({ counts: { reuse: 3 } });
    });

    test('a submission that was registered with such a queue is planned again, and counts its query as new', async () => {
      await migrate(driver);
      const before = await openStore();
      const submission = sample('registered');
      await before.register(registrationOf(submission));
      await toEarlierForm();
      await migrate(driver);
      const store = await openStore();
      await verifyAll(store, submission.submissionId);
      expect(await store.commit(submission.submissionId, 2)).toMatchObject({ kind: 'outdated' });
      const receipt = await submitWhole(store, submission);
      expect(receipt).toMatchObject({ counts: { reuse: 0, buffering: 0, new: 3 }, nodeCount: 3 });
      expect(await withSession(graphViolations)).toEqual([]);
    });

    test('what a worker of an earlier release made after the migration is removed by the next one', async () => {
      await migrate(driver);
      const before = await openStore();
      await submitWhole(before, sample('committed'));
      await toEarlierForm();
      await migrate(driver);
      await toEarlierForm();
      await withSession((session) =>
        session.run('UNWIND [5, 6, 7] AS number MERGE (m:Migration {number: number})'),
      );
      const { migrations } = await migrate(driver);
      expect(migrations.filter(({ ran }) => ran).map(({ number }) => number)).toEqual([5]);
      expect(await withSession(graphViolations)).toEqual([]);
      expect((await migrate(driver)).migrations.filter(({ ran }) => ran)).toEqual([]);
    });

    test('migrating takes page after page, and is safe to run again', async () => {
      await migrate(driver);
      await withSession(async (session) => {
        await session.run(
          `UNWIND range(1, 2500) AS i
           CREATE (c:ComputeNode {node_id: 'q' + i, node_type: 'TagQueryNode', tags: ['a'], schema_compat_id: 's'})
           CREATE (c)-[:EMITS]->(:Queue {topic: 't' + i, node_id: c.node_id, namespace: 'w', state: 'active', tag: ['a'],
             interval: 60, reserved_by: 'none', collision_key: 't' + i})`,
        );
        await session.run(
          "CREATE (t:Tag {name: 'a'}) WITH t MATCH (c:ComputeNode) CREATE (c)-[:TAGGED]->(t)",
        );
        await session.run('MATCH (m:Migration {number: 5}) DELETE m');
      });
      await Promise.all([migrate(driver), migrate(driver)]);
      const { records } = await withSession((session) =>
        session.run(
          `RETURN COUNT { (:Queue) } AS queues, COUNT { ()-[:TAGGED]->() } AS tagged, COUNT { (:Activation) } AS activations,
                  COUNT { (:ComputeNode) } AS nodes`,
        ),
      );
      expect(records[0]?.toObject()).toEqual({ queues: 0n, tagged: 0n, activations: 2500n, nodes: 2500n });
    });
  });

  test('a store warns of missing indexes when it is opened, with what to run and where to read', async () => {
    await migrate(driver);
    await withSession((session) => session.run('DROP INDEX queue_interval'));
    const warnings: string[] = [];
    await openStore({ warn: (message) => void warnings.push(message) });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/queue_interval.*qmtl neo4j-init.*docs\/neo4j\.md/);
  });

  test('a store on a graph without its epoch says what to run', async () => {
    await migrate(driver);
    await withSession((session) => session.run('MATCH (e:GraphEpoch) DELETE e'));
    const store = await openStore();
    await expect(store.known([], 'w.live')).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining('qmtl neo4j-init'),
    });
  });
});

describe('qmtl neo4j-init', () => {
  test('neo4j-init sets up a graph, and reports nothing to do the second time', async () => {
    await pristine();
    const first = await runJson(cliArgs, { env });
    expect(first).toMatchObject({ made: expect.arrayContaining(['compute_pk']) });
    const { exitCode, out } = await run(cliArgs, { env });
    expect(exitCode).toBe(0);
    expect(out).toContain('done before');
    expect(out).toContain('created: none, all existed');
  });

  test('neo4j-init refuses a wrong password without showing it', async () => {
    const { exitCode, out, err } = await run(cliArgs, { env: { QMTL_NEO4J_PASSWORD: 'wrong-secret' } });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('E_CONFIG');
    expect(err).toContain('QMTL_NEO4J_PASSWORD');
    expect(err).not.toContain('wrong-secret');
  });

  test('neo4j-init reads the configuration, and the password from its file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'qmtl-')), 'password');
    writeFileSync(file, `${address.password}\n`);
    const configured = {
      QMTL_NEO4J_DSN: address.dsn,
      QMTL_NEO4J_USER: address.user,
      QMTL_NEO4J_PASSWORD_FILE: file,
    };
    expect((await run(['neo4j-init'], { env: configured })).exitCode).toBe(0);
    const without = { ...configured, QMTL_NEO4J_PASSWORD_FILE: `${file}.none` };
    const refused = await run(['neo4j-init'], { env: without });
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain('dagmanager.neo4j_password_file');
    // A flag takes precedence.
    const flag = await run(['neo4j-init', '--password-file', file], { env: without });
    expect(flag.exitCode).toBe(0);
  });

  test('neo4j-init reads the password from standard input', async () => {
    const { exitCode } = await run([...cliArgs, '--password-file', '-'], { stdin: `${address.password}\n` });
    expect(exitCode).toBe(0);
  });
});
