import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack, StringValueSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { envelopeFromBytes, envelopeKey, envelopeToBytes, toEnvelope } from '../../proto/convert/events.js';
import { type CloudEvent, CloudEventSchema } from '../../proto/gen/io/cloudevents/v1/cloudevents_pb.js';
import {
  NodeStatusChangedSchema,
  QueueLifecycleSchema,
  QueueUpdatedSchema,
  type SentinelWeightUpdated,
  SentinelWeightUpdatedSchema,
} from '../../proto/gen/qmtl/v1/events_pb.js';
import { sequencedEventArbitrary } from './domain-arbitrary.js';
import { sampleEvents, sequenced } from './domain-samples.js';

function attributesOf(envelope: CloudEvent): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(envelope.attributes).map(([name, { attr }]) => [name, attr.value]),
  );
}

function dataOf({ data }: CloudEvent) {
  return data.case === 'protoData' ? data.value : undefined;
}

test('an event is read from its envelope unchanged', () => {
  fc.assert(
    fc.property(sequencedEventArbitrary, (event) => {
      expect(envelopeFromBytes(envelopeToBytes(event))).toEqual(event);
    }),
    { numRuns: 300 },
  );
});

describe('an envelope', () => {
  test('an envelope is a CloudEvent with the attributes consumers need', () => {
    const envelope = toEnvelope(sequenced(sampleEvents.queue_updated));
    expect(envelope).toMatchObject({
      id: 'row/1',
      source: 'qmtl/control-plane',
      specVersion: '1.0',
      type: 'queue_updated',
    });
    expect(attributesOf(envelope)).toMatchObject({
      subject: 'BTC,price',
      seq: '7',
      statehash: expect.stringMatching(/^[0-9a-f]{32}$/),
      etag: 'q:BTC.price:60:1',
      idempotencykey: 'queue_updated:BTC.price:60:any:1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      time: { seconds: 1_700_000_000n, nanos: 123_000_000 },
    });
  });

  test('an envelope without a trace has no traceparent', () => {
    const envelope = toEnvelope({ ...sequenced(sampleEvents.queue_lifecycle), traceparent: '' });
    expect(envelope.attributes).not.toHaveProperty('traceparent');
  });

  test('an envelope has the Kafka key of its event', () => {
    expect(Object.values(sampleEvents).map((event) => envelopeKey(sequenced(event)))).toEqual([
      'BTC,price',
      'btc_Indicator_01234567_v1',
      'momentum:v1:a1a1a1a1a1a1a1a1',
      `blake3:${'0123456789abcdef'.repeat(4)}`,
    ]);
  });

  test.each([
    [
      QueueUpdatedSchema,
      sampleEvents.queue_updated,
      { etag: 'q:BTC.price:60:1', version: 1n, truncated: true },
    ],
    [
      QueueLifecycleSchema,
      sampleEvents.queue_lifecycle,
      { etag: 'ql:btc_Indicator_01234567_v1:drop:ttl:2', action: 'drop' },
    ],
    [
      SentinelWeightUpdatedSchema,
      sampleEvents.sentinel_weight_updated,
      { etag: 'sw:momentum:v1:a1a1a1a1a1a1a1a1:v1:0.250000:3', weight: 0.25, weightBp: 2_500, worldId: 'w1' },
    ],
    [NodeStatusChangedSchema, sampleEvents.node_status_changed, { status: 'active' }],
  ])('an envelope contains the message $typeName', (schema, event, expected) => {
    const data = dataOf(toEnvelope(sequenced(event)));
    expect(data === undefined ? undefined : anyUnpack(data, schema)).toMatchObject(expected);
  });
});

describe('a weight', () => {
  /** The envelope of a weight whose message was changed, as another system or release would write it. */
  function weightOf(change: (message: SentinelWeightUpdated) => void): number | undefined {
    const envelope = toEnvelope(sequenced(sampleEvents.sentinel_weight_updated));
    const data = dataOf(envelope);
    const message = data && anyUnpack(data, SentinelWeightUpdatedSchema);
    if (message === undefined) throw new Error('no weight');
    change(message);
    envelope.data = { case: 'protoData', value: anyPack(SentinelWeightUpdatedSchema, message) };
    const { event } = envelopeFromBytes(toBinary(CloudEventSchema, envelope));
    return event.type === 'sentinel_weight_updated' ? event.weightBp : undefined;
  }

  test.each([0, 0.0001, 0.1, 0.3, 0.7, 1])(
    'a weight of %d without basis points is read as them',
    (weight) => {
      const read = weightOf((message) => Object.assign(message, { weight, weightBp: undefined }));
      expect(read).toBe(Math.round(weight * 10_000));
    },
  );

  test.each([
    ['of 10,001 basis points', { weightBp: 10_001 }, 'weight_bp'],
    ['between two basis points', { weight: 0.00015, weightBp: undefined }, 'weight'],
    ['past the whole', { weight: 1.0001, weightBp: undefined }, 'weight'],
    ['below nothing', { weight: -0.1, weightBp: undefined }, 'weight'],
    ['that is not a number', { weight: Number.NaN, weightBp: undefined }, 'weight'],
  ])('a weight %s is refused', (_what, change, field) => {
    expect(() => weightOf((message) => Object.assign(message, change))).toThrow(`no usable ${field}`);
  });
});

describe('a malformed envelope', () => {
  function damaged(change: (envelope: CloudEvent) => void): Uint8Array {
    const envelope = fromBinary(CloudEventSchema, envelopeToBytes(sequenced(sampleEvents.queue_updated)));
    change(envelope);
    return toBinary(CloudEventSchema, envelope);
  }

  test.each<[string, (envelope: CloudEvent) => void, RegExp]>([
    ['of a type nobody knows', (envelope) => Object.assign(envelope, { type: 'gone' }), /type gone/],
    [
      'whose data is another message',
      ({ data }) => {
        data.value = anyPack(StringValueSchema, create(StringValueSchema, { value: 'x' }));
      },
      /queue_updated/,
    ],
    [
      'without data',
      (envelope) => {
        envelope.data = { case: undefined };
      },
      /queue_updated/,
    ],
    [
      'whose event has an unknown mode',
      ({ data }) => {
        data.value = anyPack(QueueUpdatedSchema, create(QueueUpdatedSchema, { matchMode: 'some' }));
      },
      /match_mode/,
    ],
  ])('an envelope %s is refused', (_name, change, message) => {
    expect(() => envelopeFromBytes(damaged(change))).toThrow(QmtlError);
    expect(() => envelopeFromBytes(damaged(change))).toThrow(message);
  });
});

test('the source of an event has the id of its installation, when it has one', () => {
  const event = sequenced(sampleEvents.queue_updated);
  expect(toEnvelope(event, 'an-id').source).toBe('qmtl/control-plane/an-id');
  expect(toEnvelope(event).source).toBe('qmtl/control-plane');
});
