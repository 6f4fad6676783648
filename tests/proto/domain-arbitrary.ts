import * as fc from 'fast-check';
import { errorCodes, type Problem } from '../../domain/base/errors.js';
import {
  isDagDigest,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isTopicName,
  isWorldId,
} from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import {
  downgradeReasons,
  type ExecutionContext,
  executionDomains,
} from '../../domain/context/execution-context.js';
import { matchModes, tagQueryNodeType } from '../../domain/dag/dag.js';
import { nodeDiffClasses, queueStates } from '../../domain/dag/diff.js';
import { type ControlEvent, nodeStatuses } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { NodeRecord, QueueRecord } from '../../domain/ports/graph-reads.js';
import { countTagsAdded } from '../../domain/submissions/queue-map.js';
import type { Receipt, ReceiptNode, Submission } from '../../domain/submissions/submission.js';
import { type TopicMismatch, topicClasses } from '../../domain/topics/topic.js';
import { nodeDocument } from '../domain/dag/node-arbitrary.js';
import { accepted, points, sampleNode } from '../samples.js';

/** Arbitrary values of the domain that are sent over the wire. */

const digestText = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `blake3:${hex}`);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const safeText = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ./-]{0,10}[A-Za-z0-9]$/);
const count = fc.nat(100_000);
/** Milliseconds since the epoch. */
const time = fc.nat(4_000_000_000_000);
const nodeId = digestText.filter(isNodeId);
const topic = fc.stringMatching(/^[a-z]{1,8}_[A-Z][a-z]{1,8}_[0-9a-f]{8}_v[0-9]$/).filter(isTopicName);
const worldId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/).filter(isWorldId);
const strategyId = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/).filter(isStrategyId);
const sentinelId = fc.stringMatching(/^[a-z]{1,5}:v[0-9]{1,2}:[0-9a-f]{16}$/).filter(isSentinelId);
const tags = fc.uniqueArray(safeText, { maxLength: 4 }).map((list) => [...list].sort());

/** Removes keys whose value is undefined: an optional member is left out, never undefined. */
function present<T extends object>(value: T): T {
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) Reflect.deleteProperty(value, key);
  }
  return value;
}

type SampleNode = ReturnType<typeof sampleNode>;

const outputName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,8}$/);

/** A submission with up to six nodes that read each other, in any context, safe mode or not. */
export const submissionArbitrary: fc.Arbitrary<Submission> = fc
  .record({
    strategy_id: strategyId,
    world_id: worldId,
    execution_domain: fc.constantFrom('', 'unheard-of', 'paper', ...executionDomains),
    as_of: fc.constantFrom('', '2020-01-01'),
    partition: fc.constantFrom('', 'p0'),
    decision_stale: fc.boolean(),
    meta: fc.record({ version: safeText }),
    commit_hash: fc.constantFrom('', 'c0ffee'),
    nodes: fc.array(fc.tuple(nodeDocument, describingFields(), fc.array(fc.nat(), { maxLength: 3 })), {
      minLength: 1,
      maxLength: 6,
    }),
    outputs: fc.dictionary(outputName, fc.nat(), { maxKeys: 3 }),
  })
  .map(({ nodes, outputs, ...document }) => {
    const dag = chained(nodes);
    const streams = dag.filter(({ node_type }) => node_type !== tagQueryNodeType);
    const named = Object.entries(outputs).flatMap(([name, index]) => {
      const node = streams[index % streams.length];
      return node === undefined ? [] : [[name, node.node_id]];
    });
    return accepted({ ...document, dag: { nodes: dag, outputs: Object.fromEntries(named) } });
  });

function describingFields() {
  const optional = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined });
  return fc
    .record({ name: optional(safeText), owner: optional(safeText), schema_hash: optional(safeText), tags })
    .map(present);
}

/** Gives every node its id and dependencies on earlier nodes; equal nodes are merged. */
function chained(nodes: readonly (readonly [object, object, readonly number[]])[]): readonly SampleNode[] {
  const made = new Map<string, SampleNode>();
  for (const [identity, described, picks] of nodes) {
    const ids = [...made.keys()];
    const dependencies = new Set(picks.flatMap((pick) => ids[pick % Math.max(ids.length, 1)] ?? []));
    const node = sampleNode({ ...identity, ...described, dependencies: [...dependencies] });
    made.set(node.node_id, node);
  }
  return [...made.values()];
}

export const contextArbitrary: fc.Arbitrary<ExecutionContext> = fc
  .record({
    worldId,
    domain: fc.constantFrom(...executionDomains),
    asOf: text,
    partition: text,
    downgradeReason: fc.constantFrom(undefined, ...downgradeReasons),
  })
  .map(({ downgradeReason, ...context }) =>
    downgradeReason === undefined ? context : { ...context, downgradeReason },
  );

const mismatch: fc.Arbitrary<TopicMismatch> = fc.record({ topic, setting: text, wanted: text, actual: text });

export const receiptNodeArbitrary: fc.Arbitrary<ReceiptNode> = fc
  .record({
    nodeId,
    diff: fc.constantFrom(...nodeDiffClasses),
    topic: fc.option(topic, { nil: undefined }),
    generation: fc.option(fc.integer({ min: 1, max: limits.queueGenerationsMax }), { nil: undefined }),
    tagsAdded: fc.option(fc.uniqueArray(safeText, { minLength: 1, maxLength: 4 }), { nil: undefined }),
  })
  .map(({ nodeId: id, diff, topic: own, generation, tagsAdded }) => ({
    nodeId: id,
    diff,
    ...(own === undefined ? {} : { topic: own }),
    ...(generation === undefined ? {} : { generation }),
    ...(tagsAdded === undefined ? {} : { tagsAdded }),
  }));

/** A receipt with a queue map within the limit. */
export const receiptArbitrary: fc.Arbitrary<Receipt> = fc
  .record({
    submissionId: digestText.filter(isSubmissionId),
    strategyId,
    version: text,
    sentinelId,
    dagDigest: digestText.filter(isDagDigest),
    context: contextArbitrary,
    nodeIdsCrc32: fc.nat(2 ** 32 - 1),
    counts: fc.record({ reuse: count, buffering: count, new: count }),
    nodes: fc.array(receiptNodeArbitrary, { maxLength: limits.queueMapEntriesMax }),
    mismatches: fc.array(mismatch, { maxLength: 3 }),
    outputs: fc.array(fc.record({ name: outputName, nodeId, topic }), { maxLength: 3 }),
  })
  .map((receipt) => ({
    ...receipt,
    nodeCount: receipt.nodes.length,
    ...countTagsAdded(receipt.nodes),
  }));

export const problemArbitrary: fc.Arbitrary<Problem> = fc.record({
  code: fc.constantFrom(...errorCodes),
  path: text,
  message: text,
  hint: text,
});

export const nodeRecordArbitrary: fc.Arbitrary<NodeRecord> = fc
  .record({
    node: submissionArbitrary.map(({ dag }) => dag.nodes[0]).filter((node) => node !== undefined),
    createdAt: time,
    namespaces: fc.uniqueArray(fc.constantFrom('w1.live', 'w1.backtest', 'global'), { maxLength: 3 }),
    queue: queueFields(),
  })
  .map(({ node, createdAt, namespaces, queue }) => ({
    node,
    createdAt,
    queues: namespaces.map((namespace): QueueRecord => ({ ...queue, namespace, nodeId: node.nodeId })),
  }));

function queueFields(): fc.Arbitrary<Omit<QueueRecord, 'namespace' | 'nodeId'>> {
  return fc
    .record({
      topic,
      generation: fc.integer({ min: 1, max: limits.queueGenerationsMax }),
      schemaHash: fc.option(fc.string({ minLength: 1, maxLength: 8 }), { nil: undefined }),
      buffering: fc.option(fc.record({ since: time, hash: fc.string({ minLength: 1, maxLength: 8 }) }), {
        nil: undefined,
      }),
      state: fc.constantFrom(...queueStates),
      topicClass: fc.constantFrom(...topicClasses),
      interval: count,
      tags,
      retentionMs: fc.nat(10_000_000_000),
      partitions: fc.nat(64),
      createdAt: time,
      verifiedAt: fc.option(time, { nil: undefined }),
      mismatches: fc.array(mismatch, { maxLength: 2 }),
    })
    .map(({ verifiedAt, schemaHash, buffering, ...queue }) => ({
      ...queue,
      ...(verifiedAt === undefined ? {} : { verifiedAt }),
      ...(schemaHash === undefined ? {} : { schemaHash }),
      ...(buffering === undefined ? {} : { bufferingSince: buffering.since, bufferingHash: buffering.hash }),
    }));
}

const eventArbitrary: fc.Arbitrary<ControlEvent> = fc.oneof(
  fc.record({
    type: fc.constant('queue_updated' as const),
    tags,
    interval: count,
    matchMode: fc.constantFrom(...matchModes),
    queues: fc.array(fc.record({ queue: topic, global: fc.boolean() }), { maxLength: 4 }),
    truncated: fc.boolean(),
    version: count,
  }),
  fc.record({
    type: fc.constant('queue_lifecycle' as const),
    queue: topic,
    action: fc.constantFrom('drop' as const, 'archive' as const),
    reason: text,
    version: count,
  }),
  fc.record({
    type: fc.constant('sentinel_weight_updated' as const),
    sentinelId,
    sentinelVersion: text,
    weightBp: fc.integer({ min: 0, max: 10_000 }).map(points),
    worldId,
    version: count,
  }),
  fc.record({
    type: fc.constant('node_status_changed' as const),
    nodeId,
    status: fc.constantFrom(...nodeStatuses),
  }),
);

export const sequencedEventArbitrary: fc.Arbitrary<SequencedEvent> = fc.record({
  id: text,
  seq: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  event: eventArbitrary,
  at: time,
  traceparent: fc.constantFrom('', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'),
});
