import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type Any,
  AnySchema,
  anyPack,
  anyUnpack,
  timestampFromMs,
  timestampMs,
} from '@bufbuild/protobuf/wkt';
import {
  type ControlEvent,
  eventEtag,
  eventKey,
  idempotencyKey,
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
import { type EventContent, eventFromWire, eventToWire, malformed } from './event-content.js';

/** Control events as CloudEvents envelopes over protobuf (docs/spec/events.md#envelope). */

const source = 'qmtl/control-plane';

/** With the id of the installation, when it has one. */
function sourceOf(installation: string): string {
  return installation === '' ? source : `${source}/${installation}`;
}

const specVersion = '1.0';

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

/** The message inside the envelope: the content of the event, and what follows from it and its place. */
function packEvent({ event, seq, at }: SequencedEvent) {
  const content = eventToWire(event);
  const etag = eventEtag(event);
  const ts = timestampFromMs(at);
  switch (content.case) {
    case 'queueUpdated': {
      const derived = { etag, idempotencyKey: idempotencyKey(event, seq), ts };
      return anyPack(wire.QueueUpdatedSchema, Object.assign(content.value, derived));
    }
    case 'queueLifecycle':
      return anyPack(wire.QueueLifecycleSchema, Object.assign(content.value, { etag }));
    case 'sentinelWeightUpdated':
      return anyPack(wire.SentinelWeightUpdatedSchema, Object.assign(content.value, { etag }));
    case 'nodeStatusChanged':
      return anyPack(wire.NodeStatusChangedSchema, Object.assign(content.value, { ts }));
  }
}

function unpackEvent(envelope: CloudEvent): ControlEvent {
  const any = envelope.data.case === 'protoData' ? envelope.data.value : create(AnySchema);
  return eventFromWire(contentOf(envelope.type, any));
}

function contentOf(type: string, any: Any): EventContent {
  switch (type) {
    case 'queue_updated':
      return { case: 'queueUpdated', value: anyUnpack(any, wire.QueueUpdatedSchema) ?? malformed(type) };
    case 'queue_lifecycle':
      return { case: 'queueLifecycle', value: anyUnpack(any, wire.QueueLifecycleSchema) ?? malformed(type) };
    case 'sentinel_weight_updated': {
      const value = anyUnpack(any, wire.SentinelWeightUpdatedSchema) ?? malformed(type);
      return { case: 'sentinelWeightUpdated', value };
    }
    case 'node_status_changed':
      return {
        case: 'nodeStatusChanged',
        value: anyUnpack(any, wire.NodeStatusChangedSchema) ?? malformed(type),
      };
    default:
      return malformed(`type ${type}`);
  }
}

function text(value: string): CloudEventAttributeValue {
  return create(CloudEventAttributeValueSchema, { attr: { case: 'ceString', value } });
}

function textOf(attribute: CloudEventAttributeValue | undefined): string {
  return attribute?.attr.case === 'ceString' ? attribute.attr.value : '';
}
