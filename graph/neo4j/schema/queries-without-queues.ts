import { tagQueryNodeType } from '../../../domain/dag/dag.js';
import type { Maintenance } from '../driver/maintenance.js';
import { raiseFormat } from './installation.js';
import { inPages } from './pages.js';

/** The format of a graph whose queries have no queues. */
const format = 2;

/**
 * Earlier releases gave a TagQuery node a queue, and its tags led to it. The format is raised first: workers of an earlier release that
 * start from then on are refused, and cannot create such a queue again.
 *
 * A removed queue that was in use leaves an activation: the sets that it was in are announced again, with a new version, since an etag
 * never stands for two contents. Its topic stays on the broker; nobody ever wrote to it. A registration that was planned with it is
 * outdated at its commit, and planned again.
 */
export async function removeQueuesOfQueries(maintenance: Maintenance): Promise<void> {
  await raiseFormat(maintenance, format);
  const parameters = { node_type: tagQueryNodeType };
  await inPages(maintenance, 'keep who recorded queries', recordedBy, parameters);
  await inPages(maintenance, 'remove the queues of queries', removeQueues, parameters);
  await inPages(maintenance, 'remove the tags that lead to queries', removeTags, parameters);
}

/** Whether a query has what none has now. It looks at the queries only, each found by a tag that it asks for. */
export async function hasQueuesOfQueries(maintenance: Maintenance): Promise<boolean> {
  const found = await maintenance.run(
    'look for queues of queries',
    `MATCH (:Tag)<-[:QUERIES]-(c:ComputeNode)
     WHERE EXISTS { (c)-[:EMITS]->() } OR EXISTS { (c)-[:TAGGED]->() }
     RETURN c.node_id AS node_id LIMIT 1`,
  );
  return found.length > 0;
}

/** A query that was never committed belongs to the submission that reserved its queue. */
const recordedBy = `MATCH (q:Queue)
   WHERE q.topic > $after
   WITH q ORDER BY q.topic LIMIT $rows_max
   OPTIONAL MATCH (c:ComputeNode {node_id: q.node_id, node_type: $node_type})
   FOREACH (query IN CASE WHEN c.uncommitted IS NULL THEN [] ELSE [c] END | SET query.reserved_by = q.reserved_by)
   RETURN max(q.topic) AS last`;

/** The activation comes first: its transaction also removes the queue. */
const removeQueues = `MATCH (q:Queue)
   WHERE q.topic > $after
   WITH q ORDER BY q.topic LIMIT $rows_max
   WITH collect(q) AS page, max(q.topic) AS last
   CALL (page) {
     UNWIND page AS q
     MATCH (:ComputeNode {node_id: q.node_id, node_type: $node_type})
     WITH q, q.topic AS topic, q.tag AS tags, q.interval AS interval, q.reserved_by AS submission_id, q.state AS state
     FOREACH (changed IN CASE WHEN state <> 'pending' AND size(tags) > 0 THEN [1] ELSE [] END |
       MERGE (n:Activation {id: 'queue of a query/' + topic})
       ON CREATE SET n.submission_id = submission_id, n.tags = tags, n.interval = interval, n.at = timestamp(), n.traceparent = '')
     DETACH DELETE q
   }
   RETURN last`;

const removeTags = `MATCH (c:ComputeNode)
   WHERE c.node_id > $after
   WITH c ORDER BY c.node_id LIMIT $rows_max
   WITH collect(c) AS page, max(c.node_id) AS last
   CALL (page) {
     UNWIND page AS c
     MATCH (c)-[tagged:TAGGED]->(:Tag)
     WHERE c.node_type = $node_type
     DELETE tagged
   }
   RETURN last`;
