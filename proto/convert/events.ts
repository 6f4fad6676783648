import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema, anyPack, anyUnpack, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, isSentinelId, isTopicName, isWorldId } from '../../domain/base/ids.js';
import { matchModes } from '../../domain/dag/dag.js';
import {
  type ControlEvent,
  eventEtag,
  eventKey,
  idempotencyKey,
  type NodeStatusChanged,
  nodeStatuses,
  type QueueLifecycle,
  type QueueUpdated,
  type SentinelWeightUpdated,
  stateHash,
} from '../../domain/events/control-events.js';
import type { SequencedEvent } from '../../domain/ports/control-bus.js';
import {
  type CloudEvent,
  type CloudEventAttributeValue,
  CloudEventAttributeValueSchema,
  CloudEventSchema,
} from '../gen/io/cloudevents/v1/cloudevents_pb.js';
import * as wire from '../gen/qmtl/v1/events_pb.js';

/** Control events as CloudEvents envelopes over protobuf (docs/spec/events.md#envelope). */

const source = 'qmtl/control-plane';

/** With the id of the installation, when it has one. */
function sourceOf(installation: string): string {
  return installation === '' ? source : `${source}/${installation}`;
}

const specVersion = '1.0';
const queueActions = ['drop', 'archive'] as const;

export function envelopeKey(sequenced: SequencedEvent): string {
  return eventKey(sequenced.event);
}

export function envelopeToBytes(sequenced: SequencedEvent, installation = ''): Uint8Array {
  return toBinary(CloudEventSchema, toEnvelope(sequenced, installation));
}

/** What a reader of the bus sees of a record without decoding it. */
export function envelopeHeaders(sequenced: SequencedEvent): Readonly<Record<string, string>> {
  const { traceparent, event } = sequenced;
  return {
    'content-type': 'application/cloudevents+protobuf',
    schema_id: dataSchemas[event.type].typeName,
    ...(traceparent === '' ? {} : { traceparent }),
  };
}

/** The envelope as readers of the bus see it; the JSON of this message is the debug form. */
export function toEnvelope(sequenced: SequencedEvent, installation = ''): CloudEvent {
  const { event, id, seq, at, traceparent } = sequenced;
  const time = create(CloudEventAttributeValueSchema, {
    attr: { case: 'ceTimestamp', value: timestampFromMs(at) },
  });
  return create(CloudEventSchema, {
    id,
    source: sourceOf(installation),
    specVersion,
    type: event.type,
    attributes: {
      time,
      subject: text(eventKey(event)),
      seq: text(String(seq)),
      statehash: text(stateHash(event)),
      etag: text(eventEtag(event)),
      idempotencykey: text(idempotencyKey(event, seq)),
      ...(traceparent === '' ? {} : { traceparent: text(traceparent) }),
    },
    data: { case: 'protoData', value: packEvent(sequenced) },
  });
}

export function envelopeFromBytes(bytes: Uint8Array): SequencedEvent {
  const envelope = fromBinary(CloudEventSchema, bytes);
  const { attr: time } = envelope.attributes.time ?? {};
  return {
    id: envelope.id,
    seq: BigInt(textOf(envelope.attributes.seq)),
    at: time?.case === 'ceTimestamp' ? timestampMs(time.value) : 0,
    traceparent: textOf(envelope.attributes.traceparent),
    event: unpackEvent(envelope),
  };
}

/** The message inside the envelope, by type of event. */
const dataSchemas = {
  queue_updated: wire.QueueUpdatedSchema,
  queue_lifecycle: wire.QueueLifecycleSchema,
  sentinel_weight_updated: wire.SentinelWeightUpdatedSchema,
  node_status_changed: wire.NodeStatusChangedSchema,
} as const satisfies Record<ControlEvent['type'], { readonly typeName: string }>;

function packEvent({ event, seq, at }: SequencedEvent) {
  const etag = eventEtag(event);
  const ts = timestampFromMs(at);
  switch (event.type) {
    case 'queue_updated':
      return anyPack(wire.QueueUpdatedSchema, queueUpdatedToWire(event, seq, at));
    case 'queue_lifecycle':
      return anyPack(
        wire.QueueLifecycleSchema,
        create(wire.QueueLifecycleSchema, {
          queue: event.queue,
          action: event.action,
          reason: event.reason,
          version: BigInt(event.version),
          etag,
        }),
      );
    case 'sentinel_weight_updated':
      return anyPack(
        wire.SentinelWeightUpdatedSchema,
        create(wire.SentinelWeightUpdatedSchema, {
          sentinelId: event.sentinelId,
          sentinelVersion: event.sentinelVersion,
          weight: event.weight,
          worldId: event.worldId,
          version: BigInt(event.version),
          etag,
        }),
      );
    case 'node_status_changed':
      return anyPack(
        wire.NodeStatusChangedSchema,
        create(wire.NodeStatusChangedSchema, { nodeId: event.nodeId, status: event.status, ts }),
      );
  }
}

function queueUpdatedToWire(event: QueueUpdated, seq: bigint, at: number): wire.QueueUpdated {
  return create(wire.QueueUpdatedSchema, {
    tags: [...event.tags],
    interval: event.interval,
    queues: event.queues.map((queue) => create(wire.AnnouncedQueueSchema, { ...queue })),
    matchMode: event.matchMode,
    version: BigInt(event.version),
    etag: eventEtag(event),
    idempotencyKey: idempotencyKey(event, seq),
    ts: timestampFromMs(at),
    truncated: event.truncated,
  });
}

function unpackEvent(envelope: CloudEvent): ControlEvent {
  const any = envelope.data.case === 'protoData' ? envelope.data.value : create(AnySchema);
  switch (envelope.type) {
    case 'queue_updated':
      return queueUpdatedFromWire(anyUnpack(any, wire.QueueUpdatedSchema));
    case 'queue_lifecycle':
      return queueLifecycleFromWire(anyUnpack(any, wire.QueueLifecycleSchema));
    case 'sentinel_weight_updated':
      return sentinelWeightFromWire(anyUnpack(any, wire.SentinelWeightUpdatedSchema));
    case 'node_status_changed':
      return nodeStatusFromWire(anyUnpack(any, wire.NodeStatusChangedSchema));
    default:
      return malformed(`type ${envelope.type}`);
  }
}

function queueUpdatedFromWire(message: wire.QueueUpdated | undefined): QueueUpdated {
  const at = message ?? malformed('queue_updated');
  return {
    type: 'queue_updated',
    tags: at.tags,
    interval: at.interval,
    matchMode: matchModes.find((mode) => mode === at.matchMode) ?? malformed('match_mode'),
    queues: at.queues.map((queue) => ({
      queue: parsed(queue.queue, isTopicName, 'queue'),
      global: queue.global,
    })),
    truncated: at.truncated,
    version: Number(at.version),
  };
}

function queueLifecycleFromWire(message: wire.QueueLifecycle | undefined): QueueLifecycle {
  const at = message ?? malformed('queue_lifecycle');
  return {
    type: 'queue_lifecycle',
    queue: parsed(at.queue, isTopicName, 'queue'),
    action: queueActions.find((action) => action === at.action) ?? malformed('action'),
    reason: at.reason,
    version: Number(at.version),
  };
}

function sentinelWeightFromWire(message: wire.SentinelWeightUpdated | undefined): SentinelWeightUpdated {
  const at = message ?? malformed('sentinel_weight_updated');
  return {
    type: 'sentinel_weight_updated',
    sentinelId: parsed(at.sentinelId, isSentinelId, 'sentinel_id'),
    sentinelVersion: at.sentinelVersion,
    weight: at.weight,
    worldId: parsed(at.worldId ?? '', isWorldId, 'world_id'),
    version: Number(at.version),
  };
}

function nodeStatusFromWire(message: wire.NodeStatusChanged | undefined): NodeStatusChanged {
  const at = message ?? malformed('node_status_changed');
  return {
    type: 'node_status_changed',
    nodeId: parsed(at.nodeId, isNodeId, 'node_id'),
    status: nodeStatuses.find((status) => status === at.status) ?? malformed('status'),
  };
}

function text(value: string): CloudEventAttributeValue {
  return create(CloudEventAttributeValueSchema, { attr: { case: 'ceString', value } });
}

function textOf(attribute: CloudEventAttributeValue | undefined): string {
  return attribute?.attr.case === 'ceString' ? attribute.attr.value : '';
}

function parsed<T extends string>(value: string, is: (value: string) => value is T, field: string): T {
  return is(value) ? value : malformed(field);
}

function malformed(field: string): never {
  throw new QmtlError('E_SCHEMA_INVALID', `the control event has no usable ${field}`);
}
