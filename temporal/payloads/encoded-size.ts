import type { Message } from '@bufbuild/protobuf';
import { compressionCodec } from './compression-codec.js';
import { payloadConverter } from './payload-converter.js';

/**
 * Bytes a message takes as a Temporal payload. Compresses only when the plain message is over `bytesMax`,
 * so that asking costs next to nothing for the usual sizes.
 */
export async function encodedBytes(message: Message, bytesMax: number): Promise<number> {
  const payload = payloadConverter.toPayload(message);
  const plain = payload.data?.length ?? 0;
  if (plain <= bytesMax) return plain;
  const [encoded] = await compressionCodec.encode([payload]);
  return encoded?.data?.length ?? 0;
}
