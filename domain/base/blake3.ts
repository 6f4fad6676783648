import './web-assembly.js';
import { createHash, hash } from 'blake3-wasm';

/** UTF-8 bytes of one UTF-16 unit, at most. */
const bytesPerUnitMax = 3;
/** Strings up to a third of its size are encoded without an allocation. */
const scratch = Buffer.alloc(48 * 1024);

/**
 * BLAKE3 of bytes, or of a string as UTF-8, in lower-case hex; `lengthBytes` other than 32 uses its extendable output.
 *
 * A string must be well formed: a lone surrogate has no UTF-8 form, so two such strings could share bytes.
 * Uses WebAssembly: not for workflow code.
 */
export function blake3Hex(input: string | Uint8Array, lengthBytes = 32): string {
  const digest = hash(typeof input === 'string' ? encode(input) : input, { length: lengthBytes });
  return typeof digest === 'string' ? digest : digest.toString('hex');
}

/** As `blake3Hex` with 32 bytes, of a text given in pieces; each piece must be well formed by itself. */
export function blake3HexOfPieces(pieces: Iterable<string>): string {
  const hasher = createHash();
  // An update costs a call into WebAssembly and a copy: a few large ones are cheaper than many small ones.
  let text = '';
  for (const piece of pieces) {
    if ((text.length + piece.length) * bytesPerUnitMax > scratch.length) {
      hasher.update(encode(text));
      text = '';
    }
    text += piece;
  }
  return hasher.update(encode(text)).digest('hex');
}

/** BLAKE3 of bytes that are given piece by piece. It holds memory that no garbage collection frees: call `hex` or `dispose`. */
export class Blake3Pieces {
  readonly #hasher = createHash();

  add(piece: Uint8Array): void {
    this.#hasher.update(piece);
  }

  /** Ends it. */
  hex(): string {
    return this.#hasher.digest('hex');
  }

  dispose(): void {
    this.#hasher.dispose();
  }
}

function encode(text: string): Uint8Array {
  if (text.length * bytesPerUnitMax > scratch.length) return Buffer.from(text);
  return scratch.subarray(0, scratch.write(text));
}
