import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { driver, emptyGraph, openStore, withSession } from '../graph/neo4j-fixture.js';
import { sampleSubmission, withTags } from '../samples.js';
import { registrationOf, submitWhole } from '../submit-whole.js';
import { graphViolations } from './graph-checker.js';

/** Constraints that would prevent a planted violation: they are dropped while these tests run. */
const constraints = [
  'compute_pk',
  'kafka_topic',
  'queue_collision_key',
  'queue_generation',
  'queue_current',
  'outbox_pk',
  'outbox_stream_seq',
];

const anActive = "MATCH (q:Queue {state: 'active'}) WITH q ORDER BY q.topic LIMIT 1";

const planted: readonly (readonly [says: string, plant: string])[] = [
  ['two ComputeNodes have one id', 'MATCH (c:ComputeNode) WITH c LIMIT 1 CREATE (d:ComputeNode) SET d = c'],
  [
    'two Queues are one generation',
    `${anActive} CREATE (d:Queue) SET d = q, d.topic = 'x', d.collision_key = 'x' REMOVE d.current`,
  ],
  ['two Queues are one generation', `${anActive} REMOVE q.generation`],
  ['has not one current Queue', `${anActive} REMOVE q.current`],
  [
    'has not one current Queue',
    `${anActive} CREATE (d:Queue) SET d = q, d.topic = 'x', d.collision_key = 'x', d.generation = 2`,
  ],
  [
    'its last generation',
    `${anActive} CREATE (d:Queue) SET d = q, d.topic = 'x', d.collision_key = 'x', d.generation = 2 REMOVE d.current`,
  ],
  [
    'an earlier generation of a Queue is not collected',
    `${anActive} CREATE (d:Queue) SET d = q, d.topic = 'x', d.collision_key = 'x', d.generation = 2 REMOVE q.current`,
  ],
  ['I-10: a Queue that is used or wanted', `${anActive} SET q.state = 'draining'`],
  [
    'I-10: a Queue that is used or wanted',
    `${anActive} MATCH (q)<-[u:USES]-() DELETE u WITH q SET q.state = 'draining'`,
  ],
  ['a live sentinel does not use', `${anActive} MATCH (q)<-[u:USES]-() DELETE u`],
  [
    'a live sentinel does not use',
    `${anActive} MATCH (q)<-[u:USES]-(v) CREATE (v)-[:USES]->(:Queue {topic: 'x', namespace: 'x', node_id: q.node_id, generation: 1})`,
  ],
  ['a retired sentinel uses', 'MATCH (v:VersionSentinel) SET v.retired_at = 1'],
  ['has another namespace', 'MATCH (v:VersionSentinel) REMOVE v.namespace'],
  ['has another domain', "MATCH (v:VersionSentinel) SET v.domain = 'live'"],
  [
    'a Submission that ended wants a Queue',
    "MATCH (s:Submission {state: 'registered'}) SET s.state = 'cancelled'",
  ],
  ['a Submission under way does not want', 'MATCH ()-[w:WANTS]->() WITH w LIMIT 1 DELETE w'],
  ['a node counts its own stream', 'MATCH (c:ComputeNode) SET c.status_seq = 1'],
  ['past the counter of its stream', 'MATCH (s:Stream) DELETE s'],
  [
    'two Queues have one topic',
    `${anActive} CREATE (d:Queue) SET d = q, d.namespace = 'x', d.collision_key = 'x'`,
  ],
  [
    'two Queues have one collision key',
    `${anActive} CREATE (d:Queue) SET d = q, d.namespace = 'x', d.topic = 'x'`,
  ],
  ['a collision key is not that of its topic', `${anActive} SET q.collision_key = 'other'`],
  ['a Queue is not emitted by exactly its node', `${anActive} MATCH ()-[e:EMITS]->(q) DELETE e`],
  [
    'a query has a queue',
    `${anActive} MATCH (c:ComputeNode {node_type: 'TagQueryNode'}) WITH c, q LIMIT 1 CREATE (c)-[:EMITS]->(d:Queue)
     SET d = q, d.topic = 'x', d.collision_key = 'x', d.node_id = c.node_id`,
  ],
  [
    'or tags lead to it',
    "MATCH (c:ComputeNode {node_type: 'TagQueryNode'}), (t:Tag) WITH c, t LIMIT 1 CREATE (c)-[:TAGGED]->(t)",
  ],
  [
    'has a query that nobody can see',
    "MATCH (c:ComputeNode {node_type: 'TagQueryNode'}) SET c.uncommitted = true",
  ],
  ['a node is not tagged with exactly its tags', 'MATCH ()-[e:TAGGED]->() WITH e LIMIT 1 DELETE e'],
  [
    'a receipt names tags that were added',
    "MATCH (c:ComputeNode)-[e:TAGGED]->(t:Tag {name: 'added'}) SET c.tags = [] DELETE e",
  ],
  [
    'a receipt has other entries than nodes',
    "MATCH (s:Submission {state: 'committed'}) SET s.node_ids = [id IN s.node_ids WHERE id <> s.query_ids[0]]",
  ],
  ['I-1: a Queue is in use and was never verified', `${anActive} REMOVE q.verified_at`],
  [
    'an active Queue belongs to a node nobody can see',
    `${anActive} MATCH (c)-[:EMITS]->(q) SET c.uncommitted = true`,
  ],
  [
    'a reservation is left of submissions',
    `MATCH (s:Submission {state: 'registered'}) DETACH DELETE s WITH count(*) AS gone ${anActive} SET q.state = 'pending'`,
  ],
  ['has not exactly one sentinel', 'MATCH (v:VersionSentinel) DETACH DELETE v'],
  ['has not exactly one version', 'MATCH ()-[e:HAS_VERSION]->() DELETE e'],
  ['that is not committed has a sentinel', "MATCH (s:Submission {state: 'registered'}) SET s.receipt = 'x'"],
  ['a node is not marked as the user of its stored code', 'MATCH ()-[e:USED_BY]->() WITH e LIMIT 1 DELETE e'],
  [
    'stored code is used by a node with another code hash',
    "MATCH (a:Artifact)-[:USED_BY]->(c:ComputeNode) WITH c LIMIT 1 SET c.code_hash = 'other'",
  ],
  ['a sentinel does not mark the nodes', 'MATCH ()-[e:HAS]->() WITH e LIMIT 1 DELETE e'],
  ['a dependency is not a node', 'MATCH ()-[e:DEPENDS_ON]->() WITH e LIMIT 1 DELETE e'],
  [
    'two Outbox rows have one place',
    'MATCH (o:Outbox) WITH o LIMIT 1 CREATE (d:Outbox) SET d = o, d.id = "x"',
  ],
  ['a Dag is not what its digest says', "MATCH (d:Dag) WITH d LIMIT 1 SET d.body = d.body + ' '"],
  [
    'an output that is not the queue of its node',
    `${anActive} SET q.topic = 'Moved', q.collision_key = 'moved'`,
  ],
  ['has no receipt', "MATCH (s:Submission {state: 'committed'}) REMOVE s.receipt"],
  ['a receipt names other topics', `${anActive} SET q.topic = 'Moved', q.collision_key = 'moved'`],
];

describe('the graph checker', () => {
  beforeAll(async () => {
    await emptyGraph();
    await withSession(async (session) => {
      for (const name of constraints) await session.run(`DROP CONSTRAINT ${name} IF EXISTS`);
    });
  });

  afterAll(async () => {
    await emptyGraph();
    await migrate(driver);
  });

  beforeEach(async () => {
    await emptyGraph();
    const store = await openStore();
    const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
    const outputs = { a: 0, b: 1, c: 2, d: 3 };
    const committed = { nodes: 4, strategy: 'committed', module: 'committed', tagQuery, outputs };
    await submitWhole(store, sampleSubmission(committed));
    await submitWhole(
      store,
      withTags(sampleSubmission({ ...committed, strategy: 'tags' }), ['btc', 'added']),
    );
    await store.register(
      registrationOf(sampleSubmission({ nodes: 6, strategy: 'registered', module: 'committed' })),
    );
  });

  test('the graph checker accepts a graph written by the store', async () => {
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test.each(planted)('the graph checker reports that %s', async (says, plant) => {
    await withSession(async (session) => {
      await session.run(plant);
      const found = await graphViolations(session);
      expect(found.join('\n')).toContain(says);
    });
  });
});
