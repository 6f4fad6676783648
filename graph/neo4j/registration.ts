import type { NodeSpec } from '../../domain/dag.js';
import type { RegisterOutcome, RegistrationRequest } from '../../domain/ports/graph-store.js';
import { planRegistration, type RegistrationPlan, type Reservation } from '../../domain/registration.js';
import type { ReceiptNode, Submission } from '../../domain/submission.js';
import { booleanOf, type CypherInput, integerOf, jsonOf, maybe, type Row, textOf } from './cypher-value.js';
import { lockEpoch, notSetUp, shardOf } from './epoch.js';
import type { FactCache } from './fact-cache.js';
import { type Facts, factsUnderLock, knownFrom } from './facts.js';
import { withLookUps } from './look-ups.js';
import {
  dependencyRows,
  newNodeProperties,
  nodePropertyNames,
  tagNames,
  tagQueryRows,
  tagRows,
} from './node-rows.js';
import { queuePropertyNames, reservedQueueProperties } from './queue-rows.js';
import { propertiesOf, statement } from './statement.js';
import { isReceipt } from './stored-json.js';
import { countsFrom, submissionProperties } from './submission-rows.js';
import type { GraphTransaction } from './transactions.js';

/**
 * Write-locks the shard and only then reads: the aggregation keeps what follows behind it. One statement, because each
 * costs a small submission as much as the reading itself.
 */
const openRegistration = statement(
  'open a registration',
  `MATCH (lock:GraphEpoch {shard: $shard})
   SET lock.locked_at = $at
   WITH count(lock) AS locked
   MATCH (e:GraphEpoch {shard: $shard})
   OPTIONAL MATCH (s:Submission {submission_id: $submission_id})
   RETURN e.epoch AS epoch, s.state AS state, s.receipt AS receipt, s.count_reuse AS count_reuse,
          s.count_buffering AS count_buffering, s.count_new AS count_new,
          EXISTS { MATCH (:Dag {digest: $dag_digest}) } AS has_dag`,
);

const countUnverified = statement(
  'count unverified queues of a submission',
  `MATCH (s:Submission {submission_id: $submission_id})
   WITH s.namespace AS namespace, s.node_ids AS node_ids
   UNWIND node_ids AS node_id
   MATCH (q:Queue {namespace: namespace, node_id: node_id})
   WHERE q.verified_at IS NULL
   RETURN count(q) AS unverified`,
);

const ownersOfNames = statement(
  'read owners of topic names',
  `UNWIND $collision_keys AS collision_key
   MATCH (q:Queue {collision_key: collision_key})
   RETURN collision_key, q.namespace AS namespace, q.node_id AS node_id`,
);

const createNodes = statement(
  'create nodes',
  `UNWIND $nodes AS node
   CREATE (:ComputeNode ${propertiesOf('node', nodePropertyNames)})`,
);

const createDependencies = statement(
  'create dependencies',
  `UNWIND $dependencies AS pair
   MATCH (c:ComputeNode {node_id: pair[0]})
   MATCH (upstream:ComputeNode {node_id: pair[1]})
   CREATE (c)-[:DEPENDS_ON]->(upstream)`,
);

const createTags = statement(
  'create tags',
  `UNWIND $names AS name
   MERGE (t:Tag {name: name})`,
);

const tagNodes = statement(
  'tag nodes',
  `UNWIND $tagged AS pair
   MATCH (c:ComputeNode {node_id: pair[0]})
   MATCH (t:Tag {name: pair[1]})
   CREATE (c)-[:TAGGED]->(t)`,
);

const createTagQueries = statement(
  'note what tag queries ask for',
  `UNWIND $tag_queries AS asked
   MATCH (c:ComputeNode {node_id: asked.node_id})
   MATCH (t:Tag {name: asked.name})
   CREATE (c)-[:QUERIES {interval: asked.interval}]->(t)`,
);

const reserveQueues = statement(
  'reserve queues',
  `UNWIND $queues AS queue
   MATCH (c:ComputeNode {node_id: queue.node_id})
   CREATE (c)-[:EMITS]->(:Queue ${propertiesOf('queue', queuePropertyNames)})`,
);

const storeDag = statement(
  'store a DAG body',
  `MERGE (d:Dag {digest: $digest})
   ON CREATE SET d.body = $body, d.created_at = $at`,
);

const storeSubmission = statement(
  'store a submission',
  `MERGE (strategy:Strategy {strategy_id: $submission.strategy_id})
   ON CREATE SET strategy.uncommitted = true, strategy.version_count = 0
   SET strategy.newest_submission = $submission.submission_id
   MERGE (s:Submission {submission_id: $submission.submission_id})
   SET s += $submission`,
);

/** From this try on a registration keeps all others away, so that it cannot lose to one again. */
const exclusiveFromAttempt = 3;

/** The register transaction: plan against what is known, then reserve. Two round trips when all is known and cached. */
export async function register(
  tx: GraphTransaction,
  cache: FactCache,
  request: RegistrationRequest,
): Promise<RegisterOutcome> {
  const { submission, namespace } = request;
  const { submissionId, dagDigest, dag } = submission;
  if (tx.attempt >= exclusiveFromAttempt) await lockEpoch(tx, request.at);
  const opening = {
    submission_id: submissionId,
    dag_digest: dagDigest,
    shard: shardOf(submissionId),
    at: request.at,
  };
  const [opened = notSetUp()] = await tx.run(openRegistration, opening);
  const before = await answerOf(tx, opened, submissionId);
  if (before !== undefined) return unchanged(tx, before);
  const epoch = integerOf(opened, 'epoch');
  const nodeIds = dag.nodes.map((node) => node.nodeId);
  const facts = await factsUnderLock(tx, cache, epoch, namespace.key, nodeIds);
  const plan = await planAgainst(tx, request, facts);
  if (plan.kind !== 'plan') return unchanged(tx, plan);
  const newNodes = byId(dag.nodes.filter((node) => !facts.has(node.nodeId)));
  // A queue reserved by an earlier, cancelled try stays as it is.
  const reservations = plan.reservations.filter(({ node }) => facts.get(node.nodeId)?.queue === undefined);
  const hasDag = booleanOf(opened, 'has_dag');
  await Promise.all([
    runRows(
      tx,
      createNodes,
      'nodes',
      newNodes.map((node) => newNodeProperties(node, request.at)),
    ),
    runRows(tx, createTags, 'names', tagNames(newNodes)),
    runRows(tx, tagNodes, 'tagged', tagRows(newNodes)),
    runRows(tx, createTagQueries, 'tag_queries', tagQueryRows(newNodes)),
    runRows(tx, createDependencies, 'dependencies', dependencyRows(newNodes)),
    runRows(tx, reserveQueues, 'queues', queueRows(reservations, request)),
    hasDag ? [] : tx.run(storeDag, { digest: dagDigest, body: JSON.stringify(dag), at: request.at }),
    tx.run(storeSubmission, {
      submission: submissionProperties(request, plan, bufferingOf(submission, plan.queueMap)),
    }),
  ]);
  const unverified = nodeIds.filter((nodeId) => facts.get(nodeId)?.queue?.verified !== true).length;
  return { kind: 'registered', counts: plan.counts, unverified };
}

function unchanged<T>(tx: GraphTransaction, answer: T): T {
  tx.discard();
  return answer;
}

/** The answer to a submission that is registered or committed; undefined when it is neither. */
async function answerOf(
  tx: GraphTransaction,
  row: Row,
  submissionId: string,
): Promise<RegisterOutcome | undefined> {
  const receipt = maybe(row, 'receipt', (r, name) => jsonOf(r, name, isReceipt));
  if (receipt !== undefined) return { kind: 'committed', receipt };
  if (maybe(row, 'state', textOf) !== 'registered') return undefined;
  const [counted] = await tx.run(countUnverified, { submission_id: submissionId });
  const unverified = counted === undefined ? 0 : integerOf(counted, 'unverified');
  return { kind: 'registered', counts: countsFrom(row), unverified };
}

async function planAgainst(
  tx: GraphTransaction,
  { submission, namespace }: RegistrationRequest,
  facts: Facts,
): Promise<RegistrationPlan> {
  const known = knownFrom(facts, submission.submissionId);
  return withLookUps(
    (keys) => readOwners(tx, keys, namespace.key),
    (ownerOf) => planRegistration(submission, namespace, known, ownerOf),
  );
}

/** The node of this namespace that holds a topic name; a holder elsewhere is foreign. */
async function readOwners(
  tx: GraphTransaction,
  keys: readonly string[],
  namespaceKey: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.run(ownersOfNames, { collision_keys: keys });
  return new Map(
    rows.map((row) => {
      const namespace = textOf(row, 'namespace');
      const nodeId = textOf(row, 'node_id');
      return [textOf(row, 'collision_key'), namespace === namespaceKey ? nodeId : `${namespace}|${nodeId}`];
    }),
  );
}

/** One order for all writers: two that want the same nodes wait for each other at the first one, not crosswise. */
function byId(nodes: readonly NodeSpec[]): readonly NodeSpec[] {
  return [...nodes].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

function queueRows(
  reservations: readonly Reservation[],
  request: RegistrationRequest,
): readonly CypherInput[] {
  return [...reservations]
    .sort((a, b) => (a.node.nodeId < b.node.nodeId ? -1 : 1))
    .map((reservation) => reservedQueueProperties(reservation, request));
}

/** Nodes that go into buffering at the commit, with the schema they get. */
function bufferingOf(submission: Submission, queueMap: readonly ReceiptNode[]): readonly NodeSpec[] {
  const buffering = new Set(queueMap.filter(({ diff }) => diff === 'buffering').map(({ nodeId }) => nodeId));
  return submission.dag.nodes.filter(({ nodeId }) => buffering.has(nodeId));
}

async function runRows(
  tx: GraphTransaction,
  one: Parameters<GraphTransaction['run']>[0],
  name: string,
  rows: readonly CypherInput[],
): Promise<void> {
  if (rows.length > 0) await tx.run(one, { [name]: rows });
}
