import type { NodeSpec } from '../../../domain/dag/dag.js';
import type { RegistrationRequest } from '../../../domain/ports/graph-store.js';
import {
  planRegistration,
  type RegistrationPlan,
  type Reservation,
} from '../../../domain/submissions/registration.js';
import { markNewUsers } from '../artifacts/artifacts.js';
import { type CypherInput, readBoolean, readText } from '../driver/cypher-value.js';
import { formatProperties, type Statement, statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { lasts, liveQueue } from '../facts/fact-cache.js';
import { type Facts, toKnownGraph } from '../facts/facts.js';
import {
  dependencyRows,
  newNodeProperties,
  nodePropertyNames,
  tagNames,
  tagQueryRows,
  tagRows,
} from '../rows/node-rows.js';
import { queuePropertyNames, reservedQueueProperties } from '../rows/queue-rows.js';
import { statusStream } from '../rows/streams.js';
import { createTags, tagNodes } from '../rows/tag-statements.js';
import { withLookUps } from './look-ups.js';

const ownersOfNames = statement(
  'read owners of topic names',
  `UNWIND $collision_keys AS collision_key
   MATCH (q:Queue {collision_key: collision_key})
   RETURN collision_key, q.namespace AS namespace, q.node_id AS node_id, q.state = 'collected' AS gone`,
);

const createNodes = statement(
  'create nodes',
  `UNWIND $nodes AS node
   CREATE (:ComputeNode ${formatProperties('node', nodePropertyNames)})`,
);

const createDependencies = statement(
  'create dependencies',
  `UNWIND $dependencies AS pair
   MATCH (c:ComputeNode {node_id: pair[0]})
   MATCH (upstream:ComputeNode {node_id: pair[1]})
   CREATE (c)-[:DEPENDS_ON]->(upstream)`,
);

const createTagQueries = statement(
  'note what tag queries ask for',
  `UNWIND $tag_queries AS asked
   MATCH (c:ComputeNode {node_id: asked.node_id})
   MATCH (t:Tag {name: asked.name})
   CREATE (c)-[:QUERIES {interval: asked.interval}]->(t)`,
);

/** Another registration may have done so: then the new queue breaks a constraint, and the registration begins again. */
const succeedQueues = statement(
  'take the place of collected queues',
  `UNWIND $queues AS queue
   MATCH (q:Queue {namespace: queue.namespace, node_id: queue.node_id, current: true})
   USING INDEX q:Queue(namespace, node_id, current)
   WHERE q.state = 'collected'
   REMOVE q.current`,
);

/** The commit counts it up. It stays when its node is deleted: no place in a stream is given twice. */
const createStreams = statement(
  'create streams of nodes',
  `UNWIND $keys AS key
   MERGE (s:Stream {key: key})
   ON CREATE SET s.seq = 0`,
);

const reserveQueues = statement(
  'reserve queues',
  `UNWIND $queues AS queue
   MATCH (c:ComputeNode {node_id: queue.node_id})
   CREATE (c)-[:EMITS]->(:Queue ${formatProperties('queue', queuePropertyNames)})`,
);

/** The plan of a registration, from these facts and the owners of topic names. */
export async function planAgainst(
  tx: GraphTransaction,
  { submission, namespace }: RegistrationRequest,
  facts: Facts,
): Promise<RegistrationPlan> {
  const known = toKnownGraph(facts, submission.submissionId);
  return withLookUps(
    (keys) => readOwners(tx, keys, namespace.key),
    (ownerOf) => planRegistration(submission, namespace, known, ownerOf),
  );
}

/** The node of this namespace whose current queue holds a topic name; a holder elsewhere, or one that is gone, is foreign. */
async function readOwners(
  tx: GraphTransaction,
  keys: readonly string[],
  namespaceKey: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.run(ownersOfNames, { collision_keys: keys });
  return new Map(
    rows.map((row) => {
      const namespace = readText(row, 'namespace');
      const nodeId = readText(row, 'node_id');
      const isHere = namespace === namespaceKey && !readBoolean(row, 'gone');
      return [readText(row, 'collision_key'), isHere ? nodeId : `${namespace}|${nodeId}`];
    }),
  );
}

/** Creates the nodes and queues of a plan that the graph lacks. They are invisible until the commit. */
export async function reserve(
  tx: GraphTransaction,
  request: RegistrationRequest,
  facts: Facts,
  reservations: readonly Reservation[],
): Promise<void> {
  const newNodes = byId(request.submission.dag.nodes.filter((node) => !facts.has(node.nodeId)));
  // A queue reserved by an earlier, cancelled attempt is kept.
  const newQueues = reservations.filter(({ node }) => liveQueue(facts.get(node.nodeId)) === undefined);
  const successors = newQueues.filter(({ generation }) => generation > 1);
  // Another submission may have created a node since the code of this one was stored.
  const mayLackUsers = request.submission.dag.nodes.filter(({ nodeId }) => {
    const fact = facts.get(nodeId);
    return fact === undefined || !lasts(fact);
  });
  await Promise.all([
    runRows(
      tx,
      createNodes,
      'nodes',
      newNodes.map((node) => newNodeProperties(node, request.submission.submissionId, request.at)),
    ),
    markNewUsers(tx, mayLackUsers),
    runRows(tx, createTags, 'names', tagNames(newNodes)),
    runRows(tx, tagNodes, 'tagged', tagRows(newNodes)),
    runRows(tx, createTagQueries, 'tag_queries', tagQueryRows(newNodes)),
    runRows(tx, createDependencies, 'dependencies', dependencyRows(newNodes)),
    runRows(tx, createStreams, 'keys', streamKeys(newQueues)),
    runRows(tx, succeedQueues, 'queues', queueRows(successors, request)),
    runRows(tx, reserveQueues, 'queues', queueRows(newQueues, request)),
  ]);
}

function streamKeys(reservations: readonly Reservation[]): readonly string[] {
  return reservations.map(({ node }) => statusStream(node.nodeId)).sort();
}

/** The same order for all writers: two that need the same nodes wait at the first one and cannot deadlock. */
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

async function runRows(
  tx: GraphTransaction,
  one: Statement,
  name: string,
  rows: readonly CypherInput[],
): Promise<void> {
  if (rows.length > 0) await tx.run(one, { [name]: rows });
}
