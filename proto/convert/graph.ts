import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { isNodeId, isTopicName, type NodeId } from '../../domain/base/ids.js';
import type { KnownGraph, KnownNode, KnownQueue, QueueSchema, QueueState } from '../../domain/dag/diff.js';
import type { GraphTotals, NodeRecord, QueueRecord, StrategyRecord } from '../../domain/ports/graph-reads.js';
import { GraphTotalsSchema } from '../gen/qmtl/v1/api_pb.js';
import type { ComputeNode } from '../gen/qmtl/v1/dag_pb.js';
import * as wire from '../gen/qmtl/v1/graph_pb.js';
import { nodeToWire } from './dag.js';
import { mismatchToWire } from './receipt.js';

const queueStateToWire = {
  pending: wire.QueueState.PENDING,
  active: wire.QueueState.ACTIVE,
  draining: wire.QueueState.DRAINING,
  collected: wire.QueueState.COLLECTED,
} as const satisfies Record<QueueState, wire.QueueState>;

export function queueToWire(queue: QueueRecord): wire.Queue {
  return create(wire.QueueSchema, {
    topic: queue.topic,
    nodeId: queue.nodeId,
    namespace: queue.namespace,
    state: queueStateToWire[queue.state],
    topicClass: queue.topicClass,
    interval: queue.interval,
    tags: [...queue.tags],
    retentionMs: BigInt(queue.retentionMs),
    partitions: queue.partitions,
    createdAt: timestampFromMs(queue.createdAt),
    ...optionalTime('verifiedAt', queue.verifiedAt),
    mismatches: queue.mismatches.map(mismatchToWire),
    generation: queue.generation,
    schemaHash: queue.schemaHash ?? '',
    ...optionalTime('bufferingSince', queue.bufferingSince),
    bufferingSchemaHash: queue.bufferingHash ?? '',
  });
}

export function nodeRecordToWire(record: NodeRecord): wire.NodeRecord {
  return create(wire.NodeRecordSchema, {
    node: nodeToWire(record.node),
    createdAt: timestampFromMs(record.createdAt),
    queues: record.queues.map(queueToWire),
  });
}

export function strategyToWire(strategy: StrategyRecord): wire.Strategy {
  const versions = strategy.versions.map(
    ({ committedAt, retiredAt, domain = '', downgradeReason = '', ...version }) =>
      create(wire.StrategyVersionSchema, {
        ...version,
        committedAt: timestampFromMs(committedAt),
        ...optionalTime('retiredAt', retiredAt),
        executionDomain: domain,
        downgradeReason,
      }),
  );
  const { strategyId, versionCount } = strategy;
  return create(wire.StrategySchema, { strategyId, versions, versionCount });
}

export function totalsToWire(totals: GraphTotals) {
  const { nodes, queues, strategies, sentinels, outboxDepth, outboxParked } = totals;
  return create(GraphTotalsSchema, { nodes, queues, strategies, sentinels, outboxDepth, outboxParked });
}

function optionalTime<K extends string>(key: K, ms: number | undefined): { [key in K]?: Timestamp } {
  const field: { [key in K]?: Timestamp } = {};
  if (ms !== undefined) field[key] = timestampFromMs(ms);
  return field;
}

/** The graph as a client of the API sees it, as input of `diffDag`. Unusable entries are left out: in doubt a node is new (I-6). */
export function knownGraphFromWire(records: readonly wire.NodeRecord[], namespaceKey: string): KnownGraph {
  const nodes = records.flatMap((record) => knownNode(record) ?? []);
  const queues = records.flatMap((record) => knownQueue(record, namespaceKey) ?? []);
  return {
    nodes: new Map(nodes.map((node) => [node.nodeId, node])),
    queues: new Map(queues.map((queue) => [queue.nodeId, queue])),
  };
}

function knownNode({ node }: wire.NodeRecord): KnownNode | undefined {
  return node === undefined || !isNodeId(node.nodeId) ? undefined : nodeFromWire(node, node.nodeId);
}

function knownQueue({ node, queues }: wire.NodeRecord, namespaceKey: string): KnownQueue | undefined {
  const queue = queues.find((candidate) => candidate.namespace === namespaceKey);
  if (node === undefined || !isNodeId(node.nodeId) || queue === undefined) return undefined;
  const state = stateFromWire[queue.state];
  return state === undefined || !isTopicName(queue.topic)
    ? undefined
    : {
        nodeId: node.nodeId,
        topic: queue.topic,
        state,
        generation: Math.max(1, queue.generation),
        ...queueSchema(queue),
      };
}

function queueSchema({ schemaHash, bufferingSince, bufferingSchemaHash }: wire.Queue): QueueSchema {
  return {
    ...(schemaHash === '' ? {} : { schemaHash }),
    ...(bufferingSince === undefined ? {} : { bufferingSince: timestampMs(bufferingSince) }),
    ...(bufferingSchemaHash === '' ? {} : { bufferingHash: bufferingSchemaHash }),
  };
}

const stateFromWire = {
  [wire.QueueState.UNSPECIFIED]: undefined,
  [wire.QueueState.PENDING]: 'pending',
  [wire.QueueState.ACTIVE]: 'active',
  [wire.QueueState.DRAINING]: 'draining',
  [wire.QueueState.COLLECTED]: 'collected',
} as const satisfies Record<wire.QueueState, QueueState | undefined>;

function nodeFromWire(node: ComputeNode, nodeId: NodeId): KnownNode {
  return {
    nodeId,
    nodeType: node.nodeType,
    interval: node.interval,
    period: node.period,
    paramsCanon: node.paramsCanon,
    dependencies: node.dependencies.filter(isNodeId),
    schemaCompatId: node.schemaCompatId,
    codeHash: node.codeHash,
    tags: node.tags,
    ...(node.schemaHash === '' ? {} : { schemaHash: node.schemaHash }),
    ...(node.name === '' ? {} : { name: node.name }),
    ...(node.owner === '' ? {} : { owner: node.owner }),
  };
}
