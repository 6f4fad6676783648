import {
  branded,
  isDagDigest,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isTopicName,
  isWorldId,
} from '../../domain/base/ids.js';
import type { NodeSpec } from '../../domain/dag/dag.js';
import type { ControlEvent } from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import type { StrategyRecord } from '../../domain/ports/graph-reads.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import {
  type SubmissionStateKind,
  submissionTransitions,
} from '../../domain/submissions/submission-state.js';
import { points } from '../samples.js';

/** Fixed values of the domain with every member set, for golden bytes. */

const nodeId = branded(`blake3:${'0123456789abcdef'.repeat(4)}`, isNodeId);
const upstream = branded(`blake3:${'fedcba9876543210'.repeat(4)}`, isNodeId);
const topic = branded('btc_Indicator_01234567_v1', isTopicName);
const worldId = branded('w1', isWorldId);
const strategyId = branded('momentum', isStrategyId);
const submissionId = branded(`blake3:${'a1'.repeat(32)}`, isSubmissionId);
const sentinelId = branded('momentum:v1:a1a1a1a1a1a1a1a1', isSentinelId);
const dagDigest = branded(`blake3:${'b2'.repeat(32)}`, isDagDigest);

export const sampleNodeSpec: NodeSpec = {
  nodeId,
  nodeType: 'Indicator',
  interval: 60,
  period: 20,
  paramsCanon: '{"field":"close"}',
  dependencies: [upstream],
  schemaCompatId: 's-major',
  codeHash: 'code-123',
  schemaHash: 'schema-9',
  name: 'fast average',
  tags: ['BTC', 'price'],
  owner: 'desk',
};

export const sampleReceipt: Receipt = {
  submissionId,
  strategyId,
  version: 'v1',
  sentinelId,
  dagDigest,
  context: {
    worldId,
    domain: 'backtest',
    asOf: '2020-01-01',
    partition: 'p0',
    downgradeReason: 'stale_decision',
  },
  nodeIdsCrc32: 812_207_111,
  counts: { reuse: 1, buffering: 2, new: 3 },
  nodes: [{ nodeId, diff: 'buffering', topic }],
  nodeCount: 1,
  mismatches: [{ topic, setting: 'partitions', wanted: '1', actual: '6' }],
  outputs: [{ name: 'position', nodeId, topic }],
};

export const sampleStrategy: StrategyRecord = {
  strategyId,
  versionCount: 1,
  versions: [
    {
      submissionId,
      version: 'v1',
      worldId,
      sentinelId,
      dagDigest,
      commitHash: 'c0ffee',
      nodeCount: 3,
      committedAt: 1_700_000_000_123,
      namespace: 'w1.backtest-safe',
      retiredAt: 1_700_000_000_456,
      domain: 'backtest',
      downgradeReason: 'missing_as_of',
    },
  ],
};

/** One event of each kind. */
export const sampleEvents: { readonly [T in ControlEvent['type']]: Extract<ControlEvent, { type: T }> } = {
  queue_updated: {
    type: 'queue_updated',
    tags: ['BTC', 'price'],
    interval: 60,
    matchMode: 'any',
    queues: [{ queue: topic, global: true }],
    truncated: true,
    version: 1,
  },
  queue_lifecycle: { type: 'queue_lifecycle', queue: topic, action: 'drop', reason: 'ttl', version: 2 },
  sentinel_weight_updated: {
    type: 'sentinel_weight_updated',
    sentinelId,
    sentinelVersion: 'v1',
    weightBp: points(2_500),
    worldId,
    version: 3,
  },
  node_status_changed: { type: 'node_status_changed', nodeId, status: 'active' },
};

export function sequenced(event: ControlEvent): SequencedEvent {
  return {
    id: 'row/1',
    seq: 7n,
    event,
    at: 1_700_000_000_123,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
}

export function isStateKind(text: string): text is SubmissionStateKind {
  return Object.hasOwn(submissionTransitions, text);
}
