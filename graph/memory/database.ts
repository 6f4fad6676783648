import type { StoredCode } from '../../domain/artifacts/node-code.js';
import type { RecordSchema } from '../../domain/artifacts/record-schema.js';
import type {
  DagDigest,
  NodeId,
  SentinelId,
  StrategyId,
  SubmissionId,
  TopicName,
} from '../../domain/base/ids.js';
import type { Dag, TagQuery } from '../../domain/dag/dag.js';
import { matches, parseTagQuery } from '../../domain/dag/tag-query.js';
import type { QueueRecord, StrategyRecord } from '../../domain/ports/graph-reads.js';
import type { UnsentEvent } from '../../domain/ports/outbox.js';
import type {
  ActivationRow,
  ChangedSetRow,
  NodeRow,
  ParkedRow,
  QueueKey,
  QueueRow,
  SentinelRow,
  SubmissionRow,
} from './rows.js';
import { Index, Journal, Table } from './tables.js';

/** The tables of the in-memory graph. Unique keys correspond to the uniqueness constraints in Neo4j. */
export class MemoryDatabase {
  readonly journal = new Journal();
  readonly nodes = new Table<NodeId, NodeRow>(this.journal, 'ComputeNode.node_id');
  /** Nodes that have, or had, an active queue, and committed queries: those visible to readers. */
  readonly visibleNodes = new Table<NodeId, true>(this.journal, 'visible ComputeNode');
  /** The submission that recorded a query. */
  readonly recordedBy = new Table<NodeId, SubmissionId>(this.journal, 'ComputeNode.reserved_by');
  readonly queues = new Table<TopicName, QueueRow>(this.journal, 'Queue.topic');
  readonly topicsByCollisionKey = new Table<string, TopicName>(this.journal, 'Queue.collision_key');
  /** One table per namespace, in which a node has at most one current queue. */
  readonly #topicsByNamespace = new Map<string, Table<NodeId, TopicName>>();
  readonly dags = new Table<DagDigest, Dag>(this.journal, 'Dag.digest');
  readonly code = new Table<string, StoredCode>(this.journal, 'Artifact.path of code');
  readonly schemas = new Table<string, RecordSchema>(this.journal, 'Artifact.path of schemas');
  readonly submissions = new Table<SubmissionId, SubmissionRow>(this.journal, 'Submission.submission_id');
  readonly newestSubmissions = new Table<StrategyId, SubmissionId>(this.journal, 'newest submission');
  readonly strategies = new Table<StrategyId, StrategyRecord>(this.journal, 'Strategy.strategy_id');
  readonly sentinels = new Table<SentinelId, SentinelRow>(this.journal, 'VersionSentinel.sentinel_id');
  /** Unsent events, in the order in which they were written. */
  readonly outbox = new Table<string, UnsentEvent>(this.journal, 'Outbox.id');
  readonly parked = new Table<string, ParkedRow>(this.journal, 'ParkedEvent.id');
  readonly activations = new Table<string, ActivationRow>(this.journal, 'Activation.id');
  readonly changedSets = new Table<string, ChangedSetRow>(this.journal, 'ChangedSet.id');
  readonly publisher = new Table<'fence', number>(this.journal, 'Publisher');
  readonly streamSeqs = new Table<string, bigint>(this.journal, 'stream seq');
  readonly setVersions = new Table<string, { readonly version: number; readonly announcedAt: number }>(
    this.journal,
    'QueueSet.key',
  );
  readonly nodesByTag = new Index<string, NodeId>(this.journal);
  readonly downstreams = new Index<NodeId, NodeId>(this.journal);
  readonly topicsOfNode = new Index<NodeId, TopicName>(this.journal);
  readonly tagQueries = new Index<'all', NodeId>(this.journal);
  /** Live sentinels by the queues they use, and submissions under way by those they want. */
  readonly users = new Index<QueueKey, SentinelId>(this.journal);
  readonly waiting = new Index<QueueKey, SubmissionId>(this.journal);

  topicsByNode(namespaceKey: string): Table<NodeId, TopicName> {
    const known = this.#topicsByNamespace.get(namespaceKey);
    if (known !== undefined) return known;
    const table = new Table<NodeId, TopicName>(this.journal, 'Queue.(namespace, node_id)');
    this.#topicsByNamespace.set(namespaceKey, table);
    return table;
  }

  /** The current queue of a node, also one that was collected. */
  queueOf(namespaceKey: string, nodeId: NodeId): QueueRow | undefined {
    const topic = this.topicsByNode(namespaceKey).get(nodeId);
    return topic === undefined ? undefined : this.queues.get(topic);
  }

  /** The current queues of a node in all namespaces. */
  queuesOf(nodeId: NodeId): readonly QueueRecord[] {
    const topics = [...this.topicsOfNode.get(nodeId)].sort();
    return topics
      .flatMap((topic) => this.queueRecord(topic) ?? [])
      .filter(({ topic, namespace }) => this.topicsByNode(namespace).get(nodeId) === topic);
  }

  /** A queue has the tags of its node. */
  queueRecord(topic: TopicName): QueueRecord | undefined {
    const record = this.queues.get(topic)?.record;
    const tags = record === undefined ? undefined : this.nodes.get(record.nodeId)?.node.tags;
    return record === undefined || tags === undefined ? record : { ...record, tags };
  }

  /** Ids of the nodes that match a query, ascending. Starts from the rarest tag, so the cost follows the answer. */
  matchingNodes(query: TagQuery): readonly NodeId[] {
    const sets = query.tags.map((tag) => this.nodesByTag.get(tag)).sort((a, b) => a.size - b.size);
    const candidates =
      query.matchMode === 'all' ? (sets[0] ?? new Set<NodeId>()) : new Set(sets.flatMap((set) => [...set]));
    return [...candidates]
      .filter((nodeId) => {
        const row = this.nodes.get(nodeId);
        return row !== undefined && matches(query, row.node);
      })
      .sort();
  }

  /** Every distinct query of a TagQuery node. */
  distinctTagQueries(): readonly TagQuery[] {
    return [...this.tagQueries.get('all')].flatMap((nodeId) => {
      const row = this.nodes.get(nodeId);
      return row === undefined ? [] : (parseTagQuery(row.node) ?? []);
    });
  }
}
