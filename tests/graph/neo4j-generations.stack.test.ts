import { beforeEach, describe, expect, test } from 'vitest';
import { blake3Hex } from '../../domain/base/blake3.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { graphSchemaNames } from '../../graph/schema.js';
import { sendEverything } from '../announced-events.js';
import { sampleSubmission } from '../samples.js';
import { graphViolations } from '../stack/graph-checker.js';
import { registrationOf, submitWhole } from '../submit-whole.js';
import { driver, openStore, withSession } from './neo4j-fixture.js';
import { indexNames, keepInstallation, pristine } from './neo4j-pristine.js';

const allNames = [...graphSchemaNames].sort();

describe('queues without generations, as earlier releases made them', () => {
  beforeEach(pristine);

  keepInstallation();

  /** Makes of a graph of this release what the one before would have written. */
  async function toEarlierForm(): Promise<void> {
    await withSession(async (session) => {
      for (const statement of [
        'MATCH (i:Installation) SET i.format = 2 WITH i MATCH (m:Migration {number: 7}) DELETE m',
        `MATCH (c:ComputeNode)-[:EMITS]->(q:Queue)
         SET c.buffering_since = q.buffering_since, c.buffering_hash = q.buffering_hash
         REMOVE q.generation, q.current, q.schema_hash, q.buffering_since, q.buffering_hash`,
        'MATCH ()-[reference:USES|WANTS]->() DELETE reference',
        'MATCH (v:VersionSentinel) REMOVE v.namespace, v.domain, v.downgrade_reason',
        'CREATE CONSTRAINT queue_namespaced_node FOR (q:Queue) REQUIRE (q.namespace, q.node_id) IS UNIQUE',
        'CREATE INDEX compute_buffering_since FOR (c:ComputeNode) ON (c.buffering_since)',
      ])
        await session.run(statement);
      const { records } = await session.run('MATCH (c:ComputeNode) RETURN c.node_id AS id');
      const nodes = records.map((record) => {
        const id = String(record.get('id'));
        return { id, stream: blake3Hex(`node.status.change|${id}`) };
      });
      await session.run(
        `UNWIND $nodes AS node
         MATCH (c:ComputeNode {node_id: node.id})
         MATCH (s:Stream {key: node.stream})
         SET c.status_seq = CASE s.seq WHEN 0 THEN null ELSE s.seq END, c.status_due = s.due
         DELETE s`,
        { nodes },
      );
    });
  }

  const counted = async () => {
    const { records } = await withSession((session) =>
      session.run(
        `RETURN COUNT { ()-[:USES]->() } AS uses, COUNT { ()-[:WANTS]->() } AS wants,
                COUNT { (:Queue {generation: 1, current: true}) } AS queues, COUNT { (:Stream) } AS streams`,
      ),
    );
    return records[0]?.toObject();
  };

  test('they get their generation, their schemas, and what uses and wants them', async () => {
    await migrate(driver);
    const before = await openStore();
    const submit = (strategy: string, schemaHash: string, world = 'w1') =>
      submitWhole(before, sampleSubmission({ nodes: 3, strategy, schemaHash, world }));
    await submit('first', 'a');
    await submit('second', 'b');
    await submit('third', 'a', 'w2');
    const sent = await sendEverything(before);
    const late = sampleSubmission({ nodes: 5, strategy: 'late' });
    await before.register(registrationOf(late));
    const streams = await counted();
    await toEarlierForm();
    await migrate(driver);
    expect(await withSession(graphViolations)).toEqual([]);
    expect(await counted()).toMatchObject({ uses: 9n, wants: 5n, queues: 8n });
    expect(streams).toMatchObject({ uses: 9n, wants: 5n });
    expect(await indexNames()).toEqual(allNames);
    const store = await openStore();
    const records = (await store.nodes({ itemsMax: 1 })).items;
    expect(records[0]?.queues).toMatchObject([
      { namespace: 'w1.backtest', schemaHash: 'a', bufferingHash: 'b', generation: 1 },
      { namespace: 'w2.backtest', schemaHash: 'a', generation: 1 },
    ]);
    const [version] = (await store.strategy(late.strategyId))?.versions ?? [];
    expect(version).toBeUndefined();
    expect((await store.strategies({ itemsMax: 9 })).items.flatMap(({ versions }) => versions)).toMatchObject(
      [
        { namespace: 'w1.backtest', domain: 'backtest' },
        { namespace: 'w1.backtest', domain: 'backtest' },
        { namespace: 'w2.backtest', domain: 'backtest' },
      ],
    );
    // The streams go on where they were.
    await submitWhole(store, late);
    const again = await sendEverything(store);
    const places = [...sent, ...again].map(({ event, seq }) => `${toStreamKey(event)} ${seq}`);
    expect(new Set(places).size).toBe(places.length);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('migrating takes page after page, in two processes at once, and is safe to run again', async () => {
    await migrate(driver);
    await withSession(async (session) => {
      await session.run(
        `UNWIND range(1, 2500) AS i
         CREATE (c:ComputeNode {node_id: $prefix + right('000' + i, 4), node_type: 'Indicator', schema_compat_id: 's', status_seq: i,
           status_due: i, schema_hash: 'a'})
         CREATE (c)-[:EMITS]->(:Queue {topic: 't' + i, node_id: c.node_id, namespace: 'w', state: 'active', tag: ['a'],
           interval: 60, reserved_by: 'none', collision_key: 't' + i})`,
        { prefix: `blake3:${'0'.repeat(60)}` },
      );
      await session.run(
        `MATCH (c:ComputeNode)
         WITH c ORDER BY c.node_id
         WITH collect(c.node_id) AS ids
         UNWIND [[1, 'committed', ids], [2, 'committed', ids[..3]], [3, 'registered', ids[..1200]], [4, 'cancelled', ids]] AS row
         CREATE (s:Submission {submission_id: 's' + row[0], state: row[1], node_ids: row[2], namespace: 'w', context: $context})
         FOREACH (one IN CASE row[1] WHEN 'committed' THEN [1] ELSE [] END |
           CREATE (s)-[:COMMITTED_AS]->(:VersionSentinel {sentinel_id: 'v' + row[0]}))`,
        { context: '{"worldId":"w","domain":"live","asOf":"","partition":""}' },
      );
      await session.run('MATCH (m:Migration {number: 7}) DELETE m');
    });
    await Promise.all([migrate(driver), migrate(driver)]);
    const expected = { uses: 2503n, wants: 1200n, queues: 2500n, streams: 2500n };
    expect(await counted()).toEqual(expected);
    await withSession((session) => session.run('MATCH (m:Migration {number: 7}) DELETE m'));
    await migrate(driver);
    expect(await counted()).toEqual(expected);
    const { records } = await withSession((session) =>
      session.run('MATCH (s:Stream) RETURN min(s.seq) AS min, max(s.seq) AS max, sum(s.seq) AS sum'),
    );
    expect(records[0]?.toObject()).toEqual({ min: 1n, max: 2500n, sum: 3_126_250n });
  });

  test('a retired version uses nothing after another migration', async () => {
    await migrate(driver);
    const store = await openStore();
    const { sentinelId } = await submitWhole(store, sampleSubmission({ nodes: 2 }));
    await store.retireVersion(sentinelId, 1);
    await withSession((session) => session.run('MATCH (m:Migration {number: 7}) DELETE m'));
    await migrate(driver);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('a second queue of an earlier release keeps its reason, and holds up no start', async () => {
    await migrate(driver);
    const store = await openStore();
    await submitWhole(store, sampleSubmission({ nodes: 2 }));
    const topic = 'made_by_an_earlier_release';
    await withSession((session) =>
      session.run(
        `MATCH (q:Queue) WITH q ORDER BY q.topic LIMIT 1
         CREATE (:Queue {topic: $topic, namespace: q.namespace, node_id: q.node_id, state: 'active'})`,
        { topic },
      ),
    );
    const ran = async () =>
      (await migrate(driver)).migrations.filter((one) => one.ran).map(({ number }) => number);
    expect(await ran()).toEqual([7]);
    expect(await ran()).toEqual([]);
    const { records } = await withSession((session) =>
      session.run('MATCH (q:Queue {topic: $topic}) RETURN q.generation_fault AS why', { topic }),
    );
    expect(records[0]?.get('why')).toBe('its node has another queue in this namespace');
    const again = await openStore();
    const known = await submitWhole(again, sampleSubmission({ nodes: 2, strategy: 'another' }));
    expect(known.nodes.map((entry) => entry.topic)).not.toContain(topic);
  });

  test('a constraint that a worker of an earlier release created again is dropped', async () => {
    await migrate(driver);
    await withSession((session) =>
      session.run(
        'CREATE CONSTRAINT queue_namespaced_node FOR (q:Queue) REQUIRE (q.namespace, q.node_id) IS UNIQUE',
      ),
    );
    await migrate(driver);
    expect(await indexNames()).toEqual(allNames);
  });

  test('what a worker of an earlier release made after the migration gets its generation by the next one', async () => {
    await migrate(driver);
    const store = await openStore();
    await submitWhole(store, sampleSubmission({ nodes: 2 }));
    await toEarlierForm();
    await withSession((session) => session.run('MERGE (m:Migration {number: 7})'));
    const { migrations } = await migrate(driver);
    expect(migrations.filter(({ ran }) => ran).map(({ number }) => number)).toEqual([7]);
    expect(await withSession(graphViolations)).toEqual([]);
    expect((await migrate(driver)).migrations.filter(({ ran }) => ran)).toEqual([]);
  });
});
