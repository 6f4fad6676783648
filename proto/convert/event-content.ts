import { create } from '@bufbuild/protobuf';
import {
  type BasisPoints,
  basisPointsOf,
  fractionOf,
  isBasisPoints,
} from '../../domain/base/basis-points.js';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, isSentinelId, isTopicName, isWorldId } from '../../domain/base/ids.js';
import { matchModes } from '../../domain/dag/dag.js';
import {
  type ControlEvent,
  type NodeStatusChanged,
  nodeStatuses,
  type QueueLifecycle,
  type QueueUpdated,
  type SentinelWeightUpdated,
} from '../../domain/events/control-events.js';
import * as wire from '../gen/qmtl/v1/events_pb.js';
import type { StoredEvent } from '../gen/qmtl/v1/stored_pb.js';

/** What an event says, without what follows from that and from its place in a stream. */
export type EventContent = Exclude<StoredEvent['content'], { readonly case: undefined }>;

const queueActions = ['drop', 'archive'] as const;

export function eventToWire(event: ControlEvent): EventContent {
  switch (event.type) {
    case 'queue_updated':
      return { case: 'queueUpdated', value: queueUpdatedToWire(event) };
    case 'queue_lifecycle': {
      const { queue, action, reason } = event;
      const version = BigInt(event.version);
      const value = create(wire.QueueLifecycleSchema, { queue, action, reason, version });
      return { case: 'queueLifecycle', value };
    }
    case 'sentinel_weight_updated':
      return { case: 'sentinelWeightUpdated', value: sentinelWeightToWire(event) };
    case 'node_status_changed': {
      const { nodeId, status } = event;
      return { case: 'nodeStatusChanged', value: create(wire.NodeStatusChangedSchema, { nodeId, status }) };
    }
  }
}

/** Throws E_SCHEMA_INVALID for a message that is not an event. */
export function eventFromWire(content: EventContent): ControlEvent {
  switch (content.case) {
    case 'queueUpdated':
      return queueUpdatedFromWire(content.value);
    case 'queueLifecycle':
      return queueLifecycleFromWire(content.value);
    case 'sentinelWeightUpdated':
      return sentinelWeightFromWire(content.value);
    case 'nodeStatusChanged':
      return nodeStatusFromWire(content.value);
  }
}

function queueUpdatedToWire(event: QueueUpdated): wire.QueueUpdated {
  return create(wire.QueueUpdatedSchema, {
    tags: [...event.tags],
    interval: event.interval,
    queues: event.queues.map((queue) => create(wire.AnnouncedQueueSchema, { ...queue })),
    matchMode: event.matchMode,
    version: BigInt(event.version),
    truncated: event.truncated,
  });
}

function queueUpdatedFromWire(message: wire.QueueUpdated): QueueUpdated {
  return {
    type: 'queue_updated',
    tags: message.tags,
    interval: message.interval,
    matchMode: matchModes.find((mode) => mode === message.matchMode) ?? malformed('match_mode'),
    queues: message.queues.map((queue) => ({
      queue: parsed(queue.queue, isTopicName, 'queue'),
      global: queue.global,
    })),
    truncated: message.truncated,
    version: Number(message.version),
  };
}

function queueLifecycleFromWire(message: wire.QueueLifecycle): QueueLifecycle {
  return {
    type: 'queue_lifecycle',
    queue: parsed(message.queue, isTopicName, 'queue'),
    action: queueActions.find((action) => action === message.action) ?? malformed('action'),
    reason: message.reason,
    version: Number(message.version),
  };
}

function sentinelWeightToWire(event: SentinelWeightUpdated): wire.SentinelWeightUpdated {
  return create(wire.SentinelWeightUpdatedSchema, {
    sentinelId: event.sentinelId,
    sentinelVersion: event.sentinelVersion,
    weight: fractionOf(event.weightBp),
    weightBp: event.weightBp,
    worldId: event.worldId,
    version: BigInt(event.version),
  });
}

function sentinelWeightFromWire(message: wire.SentinelWeightUpdated): SentinelWeightUpdated {
  return {
    type: 'sentinel_weight_updated',
    sentinelId: parsed(message.sentinelId, isSentinelId, 'sentinel_id'),
    sentinelVersion: message.sentinelVersion,
    weightBp: weightOf(message),
    worldId: parsed(message.worldId ?? '', isWorldId, 'world_id'),
    version: Number(message.version),
  };
}

/** Earlier releases and other systems give a fraction only. */
function weightOf({ weight, weightBp }: wire.SentinelWeightUpdated): BasisPoints {
  if (weightBp === undefined) return basisPointsOf(weight) ?? malformed('weight');
  return isBasisPoints(weightBp) ? weightBp : malformed('weight_bp');
}

function nodeStatusFromWire(message: wire.NodeStatusChanged): NodeStatusChanged {
  return {
    type: 'node_status_changed',
    nodeId: parsed(message.nodeId, isNodeId, 'node_id'),
    status: nodeStatuses.find((status) => status === message.status) ?? malformed('status'),
  };
}

function parsed<T extends string>(value: string, is: (value: string) => value is T, field: string): T {
  return is(value) ? value : malformed(field);
}

export function malformed(field: string): never {
  throw new QmtlError('E_SCHEMA_INVALID', `the control event has no usable ${field}`);
}
