/**
 * Constraints and indexes of the graph, in Neo4j 5 syntax. Each is safe to run again.
 * docs/neo4j.md#indexes says what each is for.
 *
 * `kafka_topic` is the constraint on Queue.topic: Neo4j refuses a plain index beside the one that comes with a constraint.
 * Values in indexes are bounded (about 8 kB); long keys are therefore stored as digests and long tag lists outside the index.
 * A constraint holds for rows that have all of its properties: `current` is absent from all generations of a queue but the last.
 */
export const graphSchema: readonly string[] = [
  'CREATE CONSTRAINT compute_pk IF NOT EXISTS FOR (c:ComputeNode) REQUIRE c.node_id IS UNIQUE',
  'CREATE CONSTRAINT kafka_topic IF NOT EXISTS FOR (q:Queue) REQUIRE q.topic IS UNIQUE',
  'CREATE CONSTRAINT queue_collision_key IF NOT EXISTS FOR (q:Queue) REQUIRE q.collision_key IS UNIQUE',
  'CREATE CONSTRAINT queue_generation IF NOT EXISTS FOR (q:Queue) REQUIRE (q.namespace, q.node_id, q.generation) IS UNIQUE',
  'CREATE CONSTRAINT queue_current IF NOT EXISTS FOR (q:Queue) REQUIRE (q.namespace, q.node_id, q.current) IS UNIQUE',
  'CREATE CONSTRAINT sentinel_pk IF NOT EXISTS FOR (s:VersionSentinel) REQUIRE s.sentinel_id IS UNIQUE',
  'CREATE CONSTRAINT strategy_pk IF NOT EXISTS FOR (s:Strategy) REQUIRE s.strategy_id IS UNIQUE',
  'CREATE CONSTRAINT submission_pk IF NOT EXISTS FOR (s:Submission) REQUIRE s.submission_id IS UNIQUE',
  'CREATE CONSTRAINT dag_pk IF NOT EXISTS FOR (d:Dag) REQUIRE d.digest IS UNIQUE',
  'CREATE CONSTRAINT artifact_pk IF NOT EXISTS FOR (a:Artifact) REQUIRE a.path IS UNIQUE',
  'CREATE CONSTRAINT tag_pk IF NOT EXISTS FOR (t:Tag) REQUIRE t.name IS UNIQUE',
  'CREATE CONSTRAINT outbox_pk IF NOT EXISTS FOR (o:Outbox) REQUIRE o.id IS UNIQUE',
  'CREATE CONSTRAINT outbox_stream_seq IF NOT EXISTS FOR (o:Outbox) REQUIRE (o.stream, o.seq) IS UNIQUE',
  'CREATE CONSTRAINT publisher_pk IF NOT EXISTS FOR (p:Publisher) REQUIRE p.name IS UNIQUE',
  'CREATE CONSTRAINT activation_pk IF NOT EXISTS FOR (n:Activation) REQUIRE n.id IS UNIQUE',
  'CREATE CONSTRAINT changed_set_pk IF NOT EXISTS FOR (s:ChangedSet) REQUIRE s.id IS UNIQUE',
  'CREATE CONSTRAINT parked_event_pk IF NOT EXISTS FOR (p:ParkedEvent) REQUIRE p.id IS UNIQUE',
  'CREATE CONSTRAINT stream_pk IF NOT EXISTS FOR (s:Stream) REQUIRE s.key IS UNIQUE',
  'CREATE CONSTRAINT queue_set_pk IF NOT EXISTS FOR (s:QueueSet) REQUIRE s.key IS UNIQUE',
  'CREATE CONSTRAINT graph_epoch_pk IF NOT EXISTS FOR (e:GraphEpoch) REQUIRE e.shard IS UNIQUE',
  'CREATE CONSTRAINT installation_pk IF NOT EXISTS FOR (i:Installation) REQUIRE i.name IS UNIQUE',
  'CREATE CONSTRAINT migration_pk IF NOT EXISTS FOR (m:Migration) REQUIRE m.number IS UNIQUE',
  'CREATE INDEX compute_tags IF NOT EXISTS FOR (c:ComputeNode) ON (c.tags)',
  'CREATE INDEX node_tags_index IF NOT EXISTS FOR (n:Node) ON (n.tags)',
  'CREATE INDEX queue_interval IF NOT EXISTS FOR (q:Queue) ON (q.interval)',
  'CREATE INDEX queue_state IF NOT EXISTS FOR (q:Queue) ON (q.state)',
  'CREATE INDEX queue_buffering_since IF NOT EXISTS FOR (q:Queue) ON (q.buffering_since)',
  'CREATE INDEX compute_uncommitted IF NOT EXISTS FOR (c:ComputeNode) ON (c.uncommitted)',
  'CREATE INDEX strategy_uncommitted IF NOT EXISTS FOR (s:Strategy) ON (s.uncommitted)',
  'CREATE INDEX outbox_unsent IF NOT EXISTS FOR (o:Outbox) ON (o.due, o.seq)',
  'CREATE INDEX outbox_submission IF NOT EXISTS FOR (o:Outbox) ON (o.submission_id)',
  'CREATE INDEX outbox_pass IF NOT EXISTS FOR (o:Outbox) ON (o.pass)',
  'CREATE INDEX parked_event_submission IF NOT EXISTS FOR (p:ParkedEvent) ON (p.submission_id)',
  'CREATE INDEX parked_event_pass IF NOT EXISTS FOR (p:ParkedEvent) ON (p.pass)',
  'CREATE INDEX activation_at IF NOT EXISTS FOR (n:Activation) ON (n.at)',
  'CREATE INDEX activation_submission IF NOT EXISTS FOR (n:Activation) ON (n.submission_id)',
  'CREATE INDEX changed_set_due IF NOT EXISTS FOR (s:ChangedSet) ON (s.due)',
  'CREATE INDEX changed_set_pass IF NOT EXISTS FOR (s:ChangedSet) ON (s.pass)',
];

/** Names of the constraints and indexes in `graphSchema`. */
export const graphSchemaNames: readonly string[] = graphSchema.flatMap(
  (statement) => /^CREATE (?:CONSTRAINT|INDEX) (\w+)/.exec(statement)?.[1] ?? [],
);

/** The whole schema as a script for cypher-shell. */
export function schemaScript(): string {
  return `${graphSchema.join(';\n')};\n`;
}
