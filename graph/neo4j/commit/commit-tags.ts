import { isNodeId, type NodeId, type SubmissionId } from '../../../domain/base/ids.js';
import { joinedTags, missingTags } from '../../../domain/dag/node-tags.js';
import type { RetaggedNode } from '../../../domain/events/queue-sets.js';
import { fitsTags } from '../../../domain/submissions/registration.js';
import { type Row, readInteger, readKind, readTexts } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { tagProperties } from '../rows/node-rows.js';
import { maybeStored, storedTagPlan } from '../rows/stored-form.js';
import { createTags, tagNodes } from '../rows/tag-statements.js';

const lockNodes = statement(
  'lock nodes that get tags',
  `UNWIND $node_ids AS node_id
   MATCH (c:ComputeNode {node_id: node_id})
   SET c.locked_at = $at`,
);

const tagsOfNodes = statement(
  'read tags of nodes',
  `UNWIND $node_ids AS node_id
   MATCH (c:ComputeNode {node_id: node_id})
   RETURN node_id, coalesce(c.tags, c.long_tags) AS tags, c.interval AS interval`,
);

const storeTags = statement(
  'store tags of nodes',
  `UNWIND $nodes AS node
   MATCH (c:ComputeNode {node_id: node.node_id})
   SET c.tags = node.tags, c.long_tags = node.long_tags`,
);

/** What a commit adds to the tags of nodes. */
export interface TagsToAdd {
  readonly retagged: ReadonlyMap<NodeId, RetaggedNode>;
  /** Nodes that would have too many. */
  readonly crowded: readonly NodeId[];
}

/**
 * The planned tags that the nodes still lack. The nodes are locked before they are read, and stay locked until the commit ends: of
 * two commits that add tags to one node the second one sees those of the first.
 */
export async function tagsToAdd(
  tx: GraphTransaction,
  submissionId: SubmissionId,
  submission: Row,
  at: number,
): Promise<TagsToAdd> {
  const planned = maybeStored(storedTagPlan, submission, 'planned_tags', `submission ${submissionId}`);
  if (planned === undefined) return { retagged: new Map(), crowded: [] };
  const nodeIds = [...planned.keys()].sort();
  const [, rows] = await Promise.all([
    tx.run(lockNodes, { node_ids: nodeIds, at }),
    tx.run(tagsOfNodes, { node_ids: nodeIds }),
  ]);
  const retagged = new Map<NodeId, RetaggedNode>();
  const crowded: NodeId[] = [];
  for (const row of rows) {
    const nodeId = readKind(row, 'node_id', isNodeId);
    const held = readTexts(row, 'tags');
    const added = missingTags(held, planned.get(nodeId) ?? []);
    if (added.length === 0) continue;
    if (!fitsTags(held.length, added.length)) crowded.push(nodeId);
    retagged.set(nodeId, { tags: joinedTags(held, added), interval: readInteger(row, 'interval'), added });
  }
  return { retagged, crowded };
}

export async function addTags(
  tx: GraphTransaction,
  retagged: ReadonlyMap<NodeId, RetaggedNode>,
): Promise<void> {
  if (retagged.size === 0) return;
  const sorted = [...retagged].sort(([a], [b]) => (a < b ? -1 : 1));
  const nodes = sorted.map(([nodeId, { tags }]) => ({ node_id: nodeId, ...tagProperties(tags) }));
  const tagged = sorted.flatMap(([nodeId, { added }]) => added.map((tag) => [nodeId, tag]));
  const names = [...new Set(sorted.flatMap(([, { added }]) => added))].sort();
  await Promise.all([
    tx.run(storeTags, { nodes }),
    tx.run(createTags, { names }),
    tx.run(tagNodes, { tagged }),
  ]);
}
