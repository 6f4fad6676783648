import { fromBinary } from '@bufbuild/protobuf';
import type { Session } from 'neo4j-driver';
import { blake3Hex } from '../../domain/base/blake3.js';
import {
  type BufferInstruction,
  type ExecutionContext,
  ExecutionDomain,
  ReceiptSchema,
} from '../../proto/gen/qmtl/v1/submission_pb.js';

/** One statement per rule; each row it finds is a violation. Independent of the adapter, so that both do not share a mistake. */
const rules: readonly { readonly says: string; readonly finds: string }[] = [
  {
    says: 'two ComputeNodes have one id',
    finds:
      'MATCH (c:ComputeNode) WITH c.node_id AS id, count(*) AS n WHERE n > 1 OR id IS NULL RETURN coalesce(id, "null") AS what',
  },
  {
    says: 'two Queues are one generation of a node in one namespace',
    finds: `MATCH (q:Queue)
            WITH q.namespace + " " + q.node_id + " " + q.generation AS key, count(*) AS n
            WHERE n > 1 OR key IS NULL RETURN coalesce(key, "null") AS what`,
  },
  {
    says: 'a node has not one current Queue in a namespace, its last generation',
    finds: `MATCH (q:Queue)
            WITH q.namespace + " " + q.node_id AS key, max(q.generation) AS last,
                 [g IN collect(CASE WHEN q.current THEN q.generation END) | g] AS current
            WHERE current <> [last] RETURN key AS what`,
  },
  {
    says: 'an earlier generation of a Queue is not collected',
    finds: 'MATCH (q:Queue) WHERE q.current IS NULL AND q.state <> "collected" RETURN q.topic AS what',
  },
  {
    says: 'I-10: a Queue that is used or wanted is not in use',
    finds: `MATCH (q:Queue)
            WHERE (q.state <> "active" AND EXISTS { (q)<-[:USES]-() })
               OR (NOT q.state IN ["pending", "active"] AND EXISTS { (q)<-[:WANTS]-() })
            RETURN q.topic AS what`,
  },
  {
    says: 'a live sentinel does not use one Queue of each of its nodes',
    finds: `MATCH (s:Submission)-[:COMMITTED_AS]->(v:VersionSentinel)
            WHERE v.retired_at IS NULL
            WITH s, v, COLLECT { MATCH (v)-[:HAS]->(c) WHERE c.node_type <> "TagQueryNode" RETURN c.node_id ORDER BY c.node_id } AS nodes,
                 COLLECT { MATCH (v)-[:USES]->(q) WHERE q.namespace = s.namespace RETURN q.node_id ORDER BY q.node_id } AS used
            WHERE nodes <> used OR COUNT { (v)-[:USES]->() } <> size(used)
            RETURN v.sentinel_id AS what`,
  },
  {
    says: 'a retired sentinel uses a Queue',
    finds:
      'MATCH (v:VersionSentinel)-[:USES]->(q) WHERE v.retired_at IS NOT NULL RETURN v.sentinel_id + " " + q.topic AS what',
  },
  {
    says: 'a sentinel has another namespace than its submission',
    finds: `MATCH (s:Submission)-[:COMMITTED_AS]->(v:VersionSentinel)
            WHERE v.namespace IS NULL OR v.namespace <> s.namespace
            RETURN v.sentinel_id AS what`,
  },
  {
    says: 'a Submission that ended wants a Queue',
    finds: `MATCH (s:Submission)-[:WANTS]->(q) WHERE s.state <> "registered" RETURN s.submission_id + " " + q.topic AS what`,
  },
  {
    says: 'a Submission under way does not want the Queues of its nodes',
    finds: `MATCH (s:Submission {state: "registered"})
            WITH s, COLLECT {
              UNWIND s.node_ids AS node_id
              MATCH (q:Queue {namespace: s.namespace, node_id: node_id}) WHERE q.current RETURN q.topic ORDER BY q.topic
            } AS needed, COLLECT { MATCH (s)-[:WANTS]->(q) RETURN q.topic ORDER BY q.topic } AS wanted
            WHERE needed <> wanted RETURN s.submission_id AS what`,
  },
  {
    says: 'a node counts its own stream or buffering',
    finds: `MATCH (c:ComputeNode) WHERE c.status_seq IS NOT NULL OR c.status_due IS NOT NULL OR c.buffering_since IS NOT NULL
            RETURN c.node_id AS what`,
  },
  {
    says: 'an Outbox row is past the counter of its stream',
    finds: `MATCH (o:Outbox)
            OPTIONAL MATCH (s:Stream {key: o.stream})
            WITH o, s WHERE s IS NULL OR o.seq > s.seq RETURN o.id AS what`,
  },
  {
    says: 'two Queues have one topic',
    finds: 'MATCH (q:Queue) WITH q.topic AS topic, count(*) AS n WHERE n > 1 RETURN topic AS what',
  },
  {
    says: 'two Queues have one collision key',
    finds: 'MATCH (q:Queue) WITH q.collision_key AS key, count(*) AS n WHERE n > 1 RETURN key AS what',
  },
  {
    says: 'a collision key is not that of its topic',
    finds:
      'MATCH (q:Queue) WHERE q.collision_key <> replace(toLower(q.topic), ".", "_") RETURN q.topic AS what',
  },
  {
    says: 'a Queue is not emitted by exactly its node',
    finds: `MATCH (q:Queue)
            WHERE COUNT { (:ComputeNode)-[:EMITS]->(q) } <> 1
               OR NOT EXISTS { MATCH (c:ComputeNode)-[:EMITS]->(q) WHERE c.node_id = q.node_id }
            RETURN q.topic AS what`,
  },
  {
    says: 'a query has a queue, or tags lead to it',
    finds: `MATCH (c:ComputeNode {node_type: "TagQueryNode"})
            WHERE EXISTS { (c)-[:EMITS]->() } OR EXISTS { (c)-[:TAGGED]->() }
               OR EXISTS { MATCH (q:Queue) WHERE q.node_id = c.node_id }
            RETURN c.node_id AS what`,
  },
  {
    says: 'a committed Submission has a query that nobody can see',
    finds: `MATCH (s:Submission {state: "committed"})
            UNWIND s.query_ids AS node_id
            OPTIONAL MATCH (c:ComputeNode {node_id: node_id})
            WITH s, c WHERE c IS NULL OR c.uncommitted IS NOT NULL
            RETURN s.submission_id AS what`,
  },
  {
    says: 'a node is not tagged with exactly its tags',
    finds: `MATCH (c:ComputeNode)
            WHERE c.node_type <> "TagQueryNode"
            WITH c, coalesce(c.tags, c.long_tags) AS tags, COLLECT { MATCH (c)-[:TAGGED]->(t:Tag) RETURN t.name } AS linked
            WHERE size(tags) <> size(linked) OR any(tag IN tags WHERE NOT tag IN linked)
            RETURN c.node_id AS what`,
  },
  {
    says: 'I-1: a Queue is in use and was never verified',
    finds: 'MATCH (q:Queue) WHERE q.state <> "pending" AND q.verified_at IS NULL RETURN q.topic AS what',
  },
  {
    says: 'an active Queue belongs to a node nobody can see',
    finds: `MATCH (c:ComputeNode)-[:EMITS]->(q:Queue)
            WHERE q.state = "active" AND c.uncommitted IS NOT NULL RETURN q.topic AS what`,
  },
  {
    says: 'a reservation is left of submissions that are all committed',
    finds: `MATCH (q:Queue {state: "pending"})
            WITH q, COLLECT {
              MATCH (s:Submission) WHERE s.namespace = q.namespace AND q.node_id IN s.node_ids RETURN s.state
            } AS states
            WHERE size(states) > 0 AND all(state IN states WHERE state = "committed")
            RETURN q.topic AS what`,
  },
  {
    says: 'a committed Submission has not exactly one sentinel',
    finds: `MATCH (s:Submission {state: "committed"})
            WHERE COUNT { MATCH (v:VersionSentinel) WHERE v.submission_id = s.submission_id } <> 1
               OR COUNT { (s)-[:COMMITTED_AS]->(:VersionSentinel) } <> 1
            RETURN s.submission_id AS what`,
  },
  {
    says: 'a committed Submission has not exactly one version of its strategy',
    finds: `MATCH (s:Submission {state: "committed"})
            WHERE COUNT {
              MATCH (t:Strategy)-[:HAS_VERSION]->(v:VersionSentinel)
              WHERE v.submission_id = s.submission_id AND t.strategy_id = s.strategy_id
            } <> 1
            RETURN s.submission_id AS what`,
  },
  {
    says: 'a Submission that is not committed has a sentinel or a receipt',
    finds: `MATCH (s:Submission)
            WHERE s.state <> "committed" AND (s.receipt IS NOT NULL OR EXISTS { (s)-[:COMMITTED_AS]->() })
            RETURN s.submission_id AS what`,
  },
  {
    says: 'a node is not marked as the user of its stored code',
    finds: `MATCH (c:ComputeNode), (a:Artifact) WHERE a.path = 'code/' + c.code_hash AND NOT EXISTS { (a)-[:USED_BY]->(c) }
            RETURN c.node_id AS what`,
  },
  {
    says: 'stored code is used by a node with another code hash',
    finds: `MATCH (a:Artifact)-[:USED_BY]->(c:ComputeNode)
            WHERE a.path <> 'code/' + c.code_hash OR a.text IS NULL OR a.sha256 IS NULL RETURN c.node_id AS what`,
  },
  {
    says: 'a sentinel does not mark the nodes of its submission',
    finds: `MATCH (s:Submission)-[:COMMITTED_AS]->(v:VersionSentinel)
            WHERE COUNT { (v)-[:HAS]->(:ComputeNode) } <> size(s.node_ids) RETURN v.sentinel_id AS what`,
  },
  {
    says: 'a dependency is not a node, or not linked',
    finds: `MATCH (c:ComputeNode)
            UNWIND c.dependencies AS id
            OPTIONAL MATCH (c)-[link:DEPENDS_ON]->(u:ComputeNode {node_id: id})
            WITH c, id, count(link) AS links WHERE links <> 1
            RETURN c.node_id + " on " + id AS what`,
  },
  {
    says: 'two Outbox rows have one place in a stream',
    finds: `MATCH (o:Outbox) WITH o.stream + " " + toString(o.seq) AS place, count(*) AS n
            WHERE n > 1 RETURN place AS what`,
  },
];

/** The violations of invariants in the graph, one text each. Reads the whole graph: for tests only. */
export async function graphViolations(session: Session): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { says, finds } of rules) {
    const { records } = await session.run(finds);
    found.push(...records.map((record) => `${says}: ${String(record.get('what'))}`));
  }
  return [...found, ...(await dagViolations(session)), ...(await receiptViolations(session))];
}

/** The digest of a DAG is that of the text that is stored. */
async function dagViolations(session: Session): Promise<readonly string[]> {
  const { records } = await session.run('MATCH (d:Dag) RETURN d.digest AS digest, d.body AS body');
  const wrong = records.filter(
    (record) => record.get('digest') !== `blake3:${blake3Hex(String(record.get('body')))}`,
  );
  return wrong.map((record) => `a Dag is not what its digest says: ${String(record.get('digest'))}`);
}

/** Receipts are protobuf after the number of their form, and therefore compared here. */
async function receiptViolations(session: Session): Promise<readonly string[]> {
  const { records } = await session.run(
    `MATCH (s:Submission {state: "committed"})
     RETURN s.submission_id AS id, s.receipt AS receipt, s.node_ids AS node_ids, COLLECT {
       UNWIND s.node_ids AS node_id
       MATCH (q:Queue {namespace: s.namespace, node_id: node_id})
       RETURN node_id + " " + q.generation + " " + q.topic
     } AS queues, COLLECT {
       UNWIND s.node_ids AS node_id
       MATCH (c:ComputeNode {node_id: node_id})
       UNWIND coalesce(c.tags, c.long_tags) AS tag
       RETURN node_id + " " + tag
     } AS tagged, COLLECT { MATCH (s)-[:COMMITTED_AS]->(v) RETURN v.domain } AS domains`,
  );
  return records.flatMap((record) => {
    const id = String(record.get('id'));
    const receipt: unknown = record.get('receipt');
    if (!(receipt instanceof Int8Array)) return [`a committed Submission has no receipt: ${id}`];
    const {
      queueMap: entries,
      outputs,
      context,
    } = fromBinary(ReceiptSchema, Uint8Array.from(receipt).subarray(1));
    const tagged: unknown = record.get('tagged');
    const queues: unknown = record.get('queues');
    const found: readonly (readonly [boolean, string])[] = [
      [namesQueues(entries, queues), 'a receipt names other topics than the queues have'],
      [
        isSame(
          entries.map(({ nodeId }) => nodeId),
          record.get('node_ids'),
        ),
        'a receipt has other entries than nodes',
      ],
      [
        outputs.every(({ nodeId, topic }) => isQueueOf(queues, nodeId, topic)),
        'a receipt has an output that is not the queue of its node',
      ],
      [
        isSame(record.get('domains'), [domainOf(context)]),
        'a sentinel has another domain than the context of its submission',
      ],
      [
        Array.isArray(tagged) && addedTags(entries).every((one) => tagged.includes(one)),
        'a receipt names tags that were added, and the node lacks them',
      ],
    ];
    return found.flatMap(([isFine, says]) => (isFine ? [] : [`${says}: ${id}`]));
  });
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** `queues`: as below. */
function isQueueOf(queues: unknown, nodeId: string, topic: string): boolean {
  const isIts = (line: unknown) =>
    String(line).startsWith(`${nodeId} `) && String(line).endsWith(` ${topic}`);
  return Array.isArray(queues) && queues.some(isIts);
}

function domainOf(context: ExecutionContext | undefined): string {
  return ExecutionDomain[context?.domain ?? ExecutionDomain.UNSPECIFIED].toLowerCase();
}

/** `queues`: every generation of the nodes of the receipt. */
function namesQueues(entries: readonly BufferInstruction[], queues: unknown): boolean {
  if (!Array.isArray(queues)) return false;
  const named = entries.flatMap(({ nodeId, topic, generation }) =>
    topic === '' ? [] : [`${nodeId} ${generation} ${topic}`],
  );
  const nodesOf = (lines: readonly unknown[]) => new Set(lines.map((line) => String(line).split(' ')[0]));
  return named.every((line) => queues.includes(line)) && nodesOf(named).size === nodesOf(queues).size;
}

function addedTags(entries: readonly BufferInstruction[]): readonly string[] {
  return entries.flatMap(({ nodeId, tagsAdded }) => tagsAdded.map((tag) => `${nodeId} ${tag}`));
}
