import { fromBinary, fromJsonString, isMessage, toBinary } from '@bufbuild/protobuf';
import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  type Payload,
  type PayloadConverterWithEncoding,
  UndefinedPayloadConverter,
  ValueError,
} from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import { messageRegistry } from '../../proto/registry.js';

/* oxlint-disable typescript/no-unnecessary-type-parameters -- fromPayload<T> is Temporal's signature: the caller's static type is checked by the message type in the payload. */

/**
 * Loaded by workers, the workflow sandbox, clients and replay, so it imports protobuf-es, @temporalio/common and proto/gen only.
 * Payloads are protobuf messages; anything else throws where it is passed, except plain text (summaries, details, memo).
 */

function schemaOf(payload: Payload) {
  const typeName = decode(payload.metadata?.messageType ?? new Uint8Array());
  const schema = messageRegistry.getMessage(typeName);
  if (schema === undefined) throw new ValueError(`unknown protobuf message ${typeName}`);
  return schema;
}

/** Bytes come from another realm, and protobuf-es requires a Uint8Array of this one. */
function bytesOf(payload: Payload): Uint8Array {
  const data = payload.data ?? new Uint8Array();
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

class ProtobufBytesConverter implements PayloadConverterWithEncoding {
  readonly encodingType = 'binary/protobuf';

  toPayload(value: unknown): Payload | undefined {
    if (!isMessage(value)) return undefined;
    const schema = messageRegistry.getMessage(value.$typeName);
    if (schema === undefined)
      throw new ValueError(`${value.$typeName} is not a message of the control plane`);
    return {
      metadata: { encoding: encode(this.encodingType), messageType: encode(schema.typeName) },
      data: toBinary(schema, value),
    };
  }

  fromPayload<T>(payload: Payload): T {
    return fromBinary(schemaOf(payload), bytesOf(payload)) as T;
  }
}

/** Reads `json/protobuf`, which an operator typed in the UI or CLI; never writes it. */
class ProtobufJsonReader implements PayloadConverterWithEncoding {
  readonly encodingType = 'json/protobuf';

  toPayload(): Payload | undefined {
    return undefined;
  }

  fromPayload<T>(payload: Payload): T {
    return fromJsonString(schemaOf(payload), decode(bytesOf(payload))) as T;
  }
}

/** Strings only: summaries, details and memo. */
class PlainTextConverter implements PayloadConverterWithEncoding {
  readonly encodingType = 'json/plain';

  toPayload(value: unknown): Payload | undefined {
    if (typeof value !== 'string')
      throw new ValueError(`a ${typeof value} is neither a protobuf message nor text`);
    return { metadata: { encoding: encode(this.encodingType) }, data: encode(JSON.stringify(value)) };
  }

  fromPayload<T>(payload: Payload): T {
    return JSON.parse(decode(bytesOf(payload))) as T;
  }
}

export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new ProtobufBytesConverter(),
  new ProtobufJsonReader(),
  new PlainTextConverter(),
);
