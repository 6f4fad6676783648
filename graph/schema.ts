/**
 * Constraints and indexes of the graph (S1-1.2, S0-TAG; resolutions C10, C11), in Neo4j 5 syntax.
 * Each is safe to run again.
 */
export const graphSchema: readonly string[] = [
  'CREATE CONSTRAINT compute_pk IF NOT EXISTS FOR (c:ComputeNode) REQUIRE c.node_id IS UNIQUE',
  'CREATE CONSTRAINT queue_topic IF NOT EXISTS FOR (q:Queue) REQUIRE q.topic IS UNIQUE',
  'CREATE CONSTRAINT queue_collision_key IF NOT EXISTS FOR (q:Queue) REQUIRE q.collision_key IS UNIQUE',
  'CREATE CONSTRAINT queue_namespaced_node IF NOT EXISTS FOR (q:Queue) REQUIRE (q.namespace, q.node_id) IS UNIQUE',
  'CREATE CONSTRAINT sentinel_pk IF NOT EXISTS FOR (s:VersionSentinel) REQUIRE s.sentinel_id IS UNIQUE',
  'CREATE CONSTRAINT strategy_pk IF NOT EXISTS FOR (s:Strategy) REQUIRE s.strategy_id IS UNIQUE',
  'CREATE CONSTRAINT submission_pk IF NOT EXISTS FOR (s:Submission) REQUIRE s.submission_id IS UNIQUE',
  'CREATE CONSTRAINT dag_pk IF NOT EXISTS FOR (d:Dag) REQUIRE d.digest IS UNIQUE',
  'CREATE CONSTRAINT artifact_pk IF NOT EXISTS FOR (a:Artifact) REQUIRE a.path IS UNIQUE',
  'CREATE CONSTRAINT tag_pk IF NOT EXISTS FOR (t:Tag) REQUIRE t.name IS UNIQUE',
  'CREATE CONSTRAINT outbox_pk IF NOT EXISTS FOR (o:Outbox) REQUIRE o.id IS UNIQUE',
  'CREATE INDEX kafka_topic IF NOT EXISTS FOR (q:Queue) ON (q.topic)',
  'CREATE INDEX compute_tags IF NOT EXISTS FOR (c:ComputeNode) ON (c.tags)',
  'CREATE INDEX node_tags_index IF NOT EXISTS FOR (n:Node) ON (n.tags)',
  'CREATE INDEX queue_interval IF NOT EXISTS FOR (q:Queue) ON (q.interval)',
  'CREATE INDEX compute_buffering_since IF NOT EXISTS FOR (c:ComputeNode) ON (c.buffering_since)',
  'CREATE INDEX outbox_unsent IF NOT EXISTS FOR (o:Outbox) ON (o.sent_at)',
];

/** The whole schema as a script for cypher-shell. */
export function schemaScript(): string {
  return `${graphSchema.join(';\n')};\n`;
}
