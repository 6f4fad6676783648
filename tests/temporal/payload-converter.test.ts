import { runInNewContext } from 'node:vm';
import { create, type DescMessage, equals, isMessage } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { ValueError } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CloudEventSchema } from '../../proto/gen/io/cloudevents/v1/cloudevents_pb.js';
import { ReceiptSchema, SubmitStrategyRequestSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { messageRegistry } from '../../proto/registry.js';
import { payloadConverter } from '../../temporal/payloads/payload-converter.js';
import { messageArbitrary } from '../proto/message-arbitrary.js';

const messages = [...messageRegistry].filter((type): type is DescMessage => type.kind === 'message');

function metadataOf(value: unknown): Record<string, string> {
  const entries = Object.entries(payloadConverter.toPayload(value).metadata ?? {});
  return Object.fromEntries(entries.map(([key, bytes]) => [key, decode(bytes)]));
}

function roundTrip(value: unknown): unknown {
  return payloadConverter.fromPayload(payloadConverter.toPayload(value));
}

describe('a message', () => {
  test('every message of the control plane is known by name', () => {
    expect(messages.length).toBeGreaterThan(30);
  });

  test.each(messages.map((schema) => [schema.typeName, schema] as const))(
    '%s is read unchanged',
    (_name, schema) => {
      fc.assert(
        fc.property(messageArbitrary(schema), (message) => {
          const back = roundTrip(message);
          expect(isMessage(back, schema) && equals(schema, back, message)).toBe(true);
        }),
        { numRuns: 30 },
      );
    },
  );

  test('a message is sent as binary/protobuf with its type', () => {
    expect(metadataOf(create(ReceiptSchema))).toEqual({
      encoding: 'binary/protobuf',
      messageType: 'qmtl.v1.Receipt',
    });
  });

  test.each([
    ['io.cloudevents.v1.CloudEvent', create(CloudEventSchema)],
    ['google.protobuf.Timestamp', create(TimestampSchema)],
  ])('a message that is not part of the registry is refused where it is passed: %s', (name, message) => {
    expect(() => payloadConverter.toPayload(message)).toThrow(ValueError);
    expect(() => payloadConverter.toPayload(message)).toThrow(name);
  });

  test.each([
    ['of a type nobody knows', { encoding: encode('binary/protobuf'), messageType: encode('qmtl.v1.Gone') }],
    ['without a type', { encoding: encode('binary/protobuf') }],
  ])('%s cannot be read', (_name, metadata) => {
    expect(() => payloadConverter.fromPayload({ metadata, data: new Uint8Array() })).toThrow(
      /unknown protobuf message/,
    );
  });

  test('a message is read from bytes of another realm, and from the middle of a buffer', () => {
    const { metadata } = payloadConverter.toPayload(create(ReceiptSchema));
    const foreign: Uint8Array = runInNewContext('new Uint8Array([26, 1, 118])');
    const middle = new Uint8Array([0, 0, 26, 1, 118, 0]).subarray(2, 5);
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    for (const data of [foreign, middle]) {
      expect(payloadConverter.fromPayload({ metadata: metadata ?? {}, data })).toMatchObject({
        version: 'v',
      });
    }
  });

  test('a message typed as JSON by an operator is read, with either spelling of its fields', () => {
    const metadata = {
      encoding: encode('json/protobuf'),
      messageType: encode(SubmitStrategyRequestSchema.typeName),
    };
    for (const text of ['{"strategy_id":"s"}', '{"strategyId":"s"}']) {
      const message = payloadConverter.fromPayload({ metadata, data: encode(text) });
      expect(message).toMatchObject({ $typeName: 'qmtl.v1.SubmitStrategyRequest', strategyId: 's' });
    }
  });
});

describe('another value', () => {
  test('undefined is read as undefined', () => {
    expect(metadataOf(undefined)).toEqual({ encoding: 'binary/null' });
    expect(roundTrip(undefined)).toBeUndefined();
  });

  test.each(['', 'plain', '"quoted"', 'zwei\nZeilen → 値'])('text is read as text: %j', (text) => {
    expect(metadataOf(text)).toEqual({ encoding: 'json/plain' });
    expect(roundTrip(text)).toBe(text);
  });

  test('bytes are read as bytes', () => {
    expect(metadataOf(new Uint8Array([1, 2]))).toEqual({ encoding: 'binary/plain' });
    expect(roundTrip(new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]));
  });

  test.each([
    ['an object', { strategyId: 's' }],
    ['an object that looks like a message', { $typeName: 'qmtl.v1.Gone' }],
    ['a list', ['s']],
    ['null', null],
    ['a number', 1],
    ['a big integer', 1n],
    ['a boolean', true],
    ['a date', new Date(0)],
    ['a map', new Map()],
  ])('the value %s is refused where it is passed', (_name, value) => {
    expect(() => payloadConverter.toPayload(value)).toThrow(ValueError);
  });

  test('JSON written by Temporal itself is read', () => {
    const payload = { metadata: { encoding: encode('json/plain') }, data: encode('{"stack":[1]}') };
    expect(payloadConverter.fromPayload(payload)).toEqual({ stack: [1] });
  });

  test('an unknown encoding cannot be read', () => {
    const payload = { metadata: { encoding: encode('binary/other') }, data: encode('x') };
    expect(() => payloadConverter.fromPayload(payload)).toThrow(ValueError);
  });
});
