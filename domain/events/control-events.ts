import { type BasisPoints, fractionOf } from '../base/basis-points.js';
import { blake3Hex } from '../base/blake3.js';
import { canonicalJson } from '../base/canonical-json.js';
import type { NodeId, SentinelId, TopicName, WorldId } from '../base/ids.js';
import type { MatchMode } from '../dag/dag.js';

/** Control events (docs/spec/events.md#kinds). `proto/convert/events.ts` converts them to the wire form. */
export interface QueueUpdated {
  readonly type: 'queue_updated';
  /** Sorted. */
  readonly tags: readonly string[];
  readonly interval: number;
  readonly matchMode: MatchMode;
  readonly queues: readonly AnnouncedQueue[];
  /** The set has more queues than one event may list: read them over the API. */
  readonly truncated: boolean;
  /** Grows with every change of the set of queues of (tags, interval). */
  readonly version: number;
}

export interface AnnouncedQueue {
  readonly queue: TopicName;
  /** Serves every world: its namespace is not bound to one. */
  readonly global: boolean;
}

export interface QueueLifecycle {
  readonly type: 'queue_lifecycle';
  readonly queue: TopicName;
  readonly action: 'drop' | 'archive';
  readonly reason: string;
  readonly version: number;
}

export interface SentinelWeightUpdated {
  readonly type: 'sentinel_weight_updated';
  readonly sentinelId: SentinelId;
  readonly sentinelVersion: string;
  readonly weightBp: BasisPoints;
  readonly worldId: WorldId;
  readonly version: number;
}

export const nodeStatuses = ['active', 'buffering', 'draining', 'archived'] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export interface NodeStatusChanged {
  readonly type: 'node_status_changed';
  readonly nodeId: NodeId;
  readonly status: NodeStatus;
}

export type ControlEvent = QueueUpdated | QueueLifecycle | SentinelWeightUpdated | NodeStatusChanged;

/** The bus topic of each kind of event. */
export const busTopics = {
  queue_updated: 'queue',
  queue_lifecycle: 'queue',
  sentinel_weight_updated: 'sentinel_weight',
  node_status_changed: 'node.status.change',
} as const satisfies Record<ControlEvent['type'], string>;

/** The stream that counts the event's `seq`: `bus topic|key`. */
export function toStreamKey(event: ControlEvent): string {
  return `${busTopics[event.type]}|${eventKey(event)}`;
}

/** The Kafka key: events with equal (bus topic, key) form one stream and share a `seq`. */
export function eventKey(event: ControlEvent): string {
  switch (event.type) {
    case 'queue_updated':
      return event.tags.join(',');
    case 'queue_lifecycle':
      return event.queue;
    case 'sentinel_weight_updated':
      return event.sentinelId;
    case 'node_status_changed':
      return event.nodeId;
  }
}

/** Names a state of what is announced: an etag never stands for two contents. */
export function eventEtag(event: ControlEvent): string {
  switch (event.type) {
    case 'queue_updated':
      return `q:${event.tags.join('.')}:${event.interval}:${event.version}`;
    case 'queue_lifecycle':
      return `ql:${event.queue}:${event.action}:${event.reason}:${event.version}`;
    case 'sentinel_weight_updated':
      return `sw:${event.sentinelId}:${event.sentinelVersion}:${fractionOf(event.weightBp).toFixed(6)}:${event.version}`;
    case 'node_status_changed':
      return `ns:${event.nodeId}:${event.status}`;
  }
}

/** Two deliveries with one idempotency key are the same event. */
export function idempotencyKey(event: ControlEvent, seq: bigint): string {
  switch (event.type) {
    case 'queue_updated':
      return `queue_updated:${event.tags.join('.')}:${event.interval}:${event.matchMode}:${event.version}`;
    case 'queue_lifecycle':
      return `queue_lifecycle:${event.queue}:${event.action}:${event.version}`;
    case 'sentinel_weight_updated':
      return `sentinel_weight_updated:${event.sentinelId}:${event.version}`;
    case 'node_status_changed':
      return `node_status_changed:${event.nodeId}:${seq}`;
  }
}

/** BLAKE3 (32 hex digits) over the canonical content: a consumer can compare its state without reading all of it. */
export function stateHash(event: ControlEvent): string {
  return blake3Hex(canonicalJson(event), 16);
}
