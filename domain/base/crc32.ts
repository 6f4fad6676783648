/** CRC-32 (IEEE 802.3) remainder of every byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 of the text as UTF-8, unsigned. `previous` continues a running checksum, as `zlib.crc32` does. */
export function crc32(text: string, previous = 0): number {
  let crc = ~previous;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return crc32OfBytes(new TextEncoder().encode(text), previous);
    crc = step(crc, unit);
  }
  return ~crc >>> 0;
}

function crc32OfBytes(bytes: Uint8Array, previous: number): number {
  let crc = ~previous;
  for (const byte of bytes) crc = step(crc, byte);
  return ~crc >>> 0;
}

function step(crc: number, byte: number): number {
  return (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
}

/** Running CRC-32 over the ids in order, no separator (docs/spec/topics.md#checksums). None: 0. */
export function nodeIdsCrc32(ids: Iterable<string>): number {
  let crc = 0;
  for (const id of ids) crc = crc32(id, crc);
  return crc;
}
