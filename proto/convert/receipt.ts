import { create } from '@bufbuild/protobuf';
import {
  isDagDigest,
  isNodeId,
  isSentinelId,
  isStrategyId,
  isSubmissionId,
  isTopicName,
} from '../../domain/base/ids.js';
import type { NodeDiffClass } from '../../domain/dag/diff.js';
import { isShortQueueMap } from '../../domain/submissions/queue-map.js';
import type { DiffCounts, OutputStream, Receipt, ReceiptNode } from '../../domain/submissions/submission.js';
import type { TopicMismatch } from '../../domain/topics/topic.js';
import * as wire from '../gen/qmtl/v1/submission_pb.js';
import { contextFromWire, contextToWire } from './context.js';
import { malformed, parsed } from './fields.js';

// Each table stops compiling when either side gains a value.

const classToWire = {
  reuse: wire.DiffClass.REUSE,
  buffering: wire.DiffClass.BUFFERING,
  new: wire.DiffClass.NEW,
} as const satisfies Record<NodeDiffClass, wire.DiffClass>;

const classFromWire = {
  [wire.DiffClass.UNSPECIFIED]: undefined,
  [wire.DiffClass.REUSE]: 'reuse',
  [wire.DiffClass.BUFFERING]: 'buffering',
  [wire.DiffClass.NEW]: 'new',
} as const satisfies Record<wire.DiffClass, NodeDiffClass | undefined>;

export function countsToWire(counts: DiffCounts): wire.DiffCounts {
  return create(wire.DiffCountsSchema, { ...counts });
}

export function countsFromWire(counts: wire.DiffCounts | undefined): DiffCounts {
  return { reuse: counts?.reuse ?? 0, buffering: counts?.buffering ?? 0, new: counts?.new ?? 0 };
}

/** A long queue map is left out: it is read page by page. */
export function receiptToWire(receipt: Receipt): wire.Receipt {
  return wholeReceiptToWire(isShortQueueMap(receipt.nodes) ? receipt : { ...receipt, nodes: [] });
}

export function wholeReceiptToWire(receipt: Receipt): wire.Receipt {
  return create(wire.ReceiptSchema, {
    submissionId: receipt.submissionId,
    strategyId: receipt.strategyId,
    version: receipt.version,
    sentinelId: receipt.sentinelId,
    dagDigest: receipt.dagDigest,
    context: contextToWire(receipt.context),
    nodeIdsCrc32: receipt.nodeIdsCrc32,
    counts: countsToWire(receipt.counts),
    queueMap: receipt.nodes.map((entry) => queueMapEntryToWire(entry)),
    queueMapSize: receipt.nodeCount,
    mismatches: receipt.mismatches.map(mismatchToWire),
    tagsAdded: receipt.tagsAdded ?? 0,
    outputs: receipt.outputs.map((output) => create(wire.OutputStreamSchema, { ...output })),
  });
}

export function queueMapEntryToWire(entry: ReceiptNode, name = ''): wire.BufferInstruction {
  return create(wire.BufferInstructionSchema, {
    nodeId: entry.nodeId,
    diffClass: classToWire[entry.diff],
    topic: entry.topic ?? '',
    name,
    tagsAdded: [...(entry.tagsAdded ?? [])],
    generation: entry.generation ?? 0,
  });
}

export function receiptFromWire(receipt: wire.Receipt | undefined): Receipt {
  const at = receipt ?? malformed('receipt');
  return {
    submissionId: parsed(at.submissionId, isSubmissionId, 'submission_id'),
    strategyId: parsed(at.strategyId, isStrategyId, 'strategy_id'),
    version: at.version,
    sentinelId: parsed(at.sentinelId, isSentinelId, 'sentinel_id'),
    dagDigest: parsed(at.dagDigest, isDagDigest, 'dag_digest'),
    context: contextFromWire(at.context),
    nodeIdsCrc32: at.nodeIdsCrc32,
    counts: countsFromWire(at.counts),
    nodes: at.queueMap.map(queueMapEntryFromWire),
    nodeCount: at.queueMapSize,
    mismatches: at.mismatches.map(mismatchFromWire),
    outputs: at.outputs.map(outputFromWire),
    ...(at.tagsAdded === 0 ? {} : { tagsAdded: at.tagsAdded }),
  };
}

export function queueMapEntryFromWire(entry: wire.BufferInstruction): ReceiptNode {
  return {
    nodeId: parsed(entry.nodeId, isNodeId, 'node_id'),
    diff: classFromWire[entry.diffClass] ?? malformed('diff_class'),
    ...(entry.topic === '' ? {} : { topic: parsed(entry.topic, isTopicName, 'topic') }),
    ...(entry.generation === 0 ? {} : { generation: entry.generation }),
    ...(entry.tagsAdded.length === 0 ? {} : { tagsAdded: entry.tagsAdded }),
  };
}

function outputFromWire({ name, nodeId, topic }: wire.OutputStream): OutputStream {
  return {
    name,
    nodeId: parsed(nodeId, isNodeId, 'node_id'),
    topic: parsed(topic, isTopicName, 'topic'),
  };
}

export function mismatchToWire(mismatch: TopicMismatch): wire.TopicMismatch {
  return create(wire.TopicMismatchSchema, { ...mismatch });
}

export function mismatchFromWire(mismatch: wire.TopicMismatch): TopicMismatch {
  const { setting, wanted, actual } = mismatch;
  return { topic: parsed(mismatch.topic, isTopicName, 'topic'), setting, wanted, actual };
}
