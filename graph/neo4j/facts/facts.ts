import { isTopicName, type NodeId, type SubmissionId } from '../../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../../domain/dag/dag.js';
import type { KnownGraph, KnownNode, KnownQueue } from '../../../domain/dag/diff.js';
import { missingTags } from '../../../domain/dag/node-tags.js';
import {
  maybe,
  type Row,
  readBoolean,
  readInteger,
  readKind,
  readRow,
  readText,
} from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { nodeSpecFrom } from '../rows/node-rows.js';
import { isQueueState, queueSchemaFrom } from '../rows/queue-rows.js';
import { readEpoch, shardOf, shareEpoch } from './epoch.js';
import { type Fact, type FactCache, lasts } from './fact-cache.js';

const factsOfNodes = statement(
  'read facts of nodes',
  `UNWIND $node_ids AS node_id
   MATCH (c:ComputeNode {node_id: node_id})
   OPTIONAL MATCH (q:Queue {namespace: $namespace, node_id: node_id, current: true})
   RETURN properties(c) AS node, q {.topic, .generation, .state, .reserved_by, .schema_hash, .buffering_since, .buffering_hash,
                                    verified: q.verified_at IS NOT NULL} AS queue`,
);

export type Facts = ReadonlyMap<NodeId, Fact>;

/** Facts about these nodes, read in a transaction that holds the epoch lock; lasting ones are cached. */
export async function factsUnderLock(
  tx: GraphTransaction,
  cache: FactCache,
  epoch: number,
  namespaceKey: string,
  nodeIds: readonly NodeId[],
): Promise<Facts> {
  const facts = cache.lookUp(epoch, namespaceKey, nodeIds);
  const missing = nodeIds.filter((nodeId) => !facts.has(nodeId));
  if (missing.length === 0) return facts;
  const read = await readFacts(tx, namespaceKey, missing);
  cache.keep(epoch, namespaceKey, read);
  for (const fact of read) facts.set(fact.node.nodeId, fact);
  return facts;
}

/**
 * The same facts with the tags of now, where cached ones lack tags of the submission: others may have added them. What a registration
 * plans to add is thereby what is missing, apart from what another commit adds until its own.
 */
export async function withCurrentTags(
  tx: GraphTransaction,
  cache: FactCache,
  epoch: number,
  namespaceKey: string,
  facts: Facts,
  nodes: readonly NodeSpec[],
): Promise<Facts> {
  const lacking = nodes.filter((node) => {
    const fact = facts.get(node.nodeId);
    return fact !== undefined && !isQuery(node) && missingTags(fact.node.tags, node.tags).length > 0;
  });
  if (lacking.length === 0) return facts;
  const read = await readFacts(
    tx,
    namespaceKey,
    lacking.map(({ nodeId }) => nodeId),
  );
  cache.keep(epoch, namespaceKey, read);
  return new Map([...facts, ...read.map((fact) => [fact.node.nodeId, fact] as const)]);
}

async function readFacts(
  tx: GraphTransaction,
  namespaceKey: string,
  nodeIds: readonly NodeId[],
): Promise<readonly Fact[]> {
  const rows = await tx.run(factsOfNodes, { node_ids: nodeIds, namespace: namespaceKey });
  return rows.map(factFrom);
}

function factFrom(row: Row): Fact {
  const properties = readRow(row, 'node');
  const node = nodeSpecFrom(properties);
  if (isQuery(node)) {
    const committed = maybe(properties, 'uncommitted', readBoolean) === undefined;
    return { node, query: { committed, reservedBy: maybe(properties, 'reserved_by', readText) } };
  }
  const queue = maybe(row, 'queue', readRow);
  return queue === undefined ? { node } : { node, queue: queueFrom(queue, node.nodeId) };
}

function queueFrom(row: Row, nodeId: NodeId): NonNullable<Fact['queue']> {
  return {
    nodeId,
    topic: readKind(row, 'topic', isTopicName),
    state: readKind(row, 'state', isQueueState),
    generation: readInteger(row, 'generation'),
    ...queueSchemaFrom(row),
    reservedBy: readText(row, 'reserved_by'),
    verified: readBoolean(row, 'verified'),
  };
}

/**
 * The input of a diff. What `self` reserved in an earlier, cancelled attempt is still new to it: a pending queue is its own, and a query is
 * left out.
 */
export function toKnownGraph(facts: Facts, self?: SubmissionId): KnownGraph {
  const nodes = new Map<NodeId, KnownNode>();
  const queues = new Map<NodeId, KnownQueue>();
  for (const [nodeId, { node, queue, query }] of facts) {
    if (query !== undefined && !query.committed && query.reservedBy === self) continue;
    nodes.set(nodeId, node);
    if (queue === undefined) continue;
    const { reservedBy, verified: _seen, ...known } = queue;
    queues.set(nodeId, known.state === 'pending' && reservedBy === self ? { ...known, own: true } : known);
  }
  return { nodes, queues };
}

/**
 * The answer to a reader: cached facts and, for the rest, the current graph. Lasting facts found there are read again under
 * the epoch lock, so that the next diff finds them in the cache.
 */
export async function readKnown(
  transactions: Transactions,
  cache: FactCache,
  nodeIds: readonly NodeId[],
  namespaceKey: string,
): Promise<KnownGraph> {
  const { facts, uncached } = await transactions.read('known', async (tx) => {
    // The epoch rarely changes: facts that are probably missing are read in the same round trip.
    const likelyEpoch = cache.epoch;
    const likely = cache.lookUp(likelyEpoch, namespaceKey, nodeIds);
    const missing = nodeIds.filter((nodeId) => !likely.has(nodeId));
    const [epoch, read] = await Promise.all([
      readEpoch(tx),
      missing.length === 0 ? [] : readFacts(tx, namespaceKey, missing),
    ]);
    const held = epoch === likelyEpoch ? likely : cache.lookUp(epoch, namespaceKey, nodeIds);
    const lost = [...likely.keys()].filter((nodeId) => !held.has(nodeId));
    const again = lost.length === 0 ? [] : await readFacts(tx, namespaceKey, lost);
    const fresh = [...read, ...again];
    for (const fact of fresh) held.set(fact.node.nodeId, fact);
    return { facts: held, uncached: fresh.filter(lasts).map(({ node }) => node.nodeId) };
  });
  if (uncached.length > 0) await warm(transactions, cache, namespaceKey, uncached);
  return toKnownGraph(facts);
}

async function warm(
  transactions: Transactions,
  cache: FactCache,
  namespaceKey: string,
  nodeIds: readonly NodeId[],
): Promise<void> {
  await transactions.write('known.cache', async (tx) => {
    const epoch = await shareEpoch(tx, shardOf(nodeIds[0] ?? '0', nodeIds.length));
    await factsUnderLock(tx, cache, epoch, namespaceKey, nodeIds);
    tx.discard();
  });
}
