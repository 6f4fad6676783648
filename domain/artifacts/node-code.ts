import { blake3Hex } from '../base/blake3.js';
import { isDigest256 } from '../base/ids.js';

/** The code of a compute node: everything that its code hash covers (docs/spec/identity.md#artifacts). */
export interface NodeCode {
  /** `code_hash` of the nodes that execute it. */
  readonly codeHash: string;
  /** `blake3:` and 64 hex digits over the UTF-8 bytes of `text`. */
  readonly moduleHash: string;
  /** The closed module. */
  readonly text: string;
  /** JSON text of what stands beside the module in the code hash: for each dependency, in order, how the module reads it. */
  readonly inputs: string;
  /** Of the text that `signedCode` makes. */
  readonly signatures: readonly CodeSignature[];
}

export interface CodeSignature {
  /** `sha256:` and 64 hex digits over the public key in DER (SPKI). */
  readonly keyId: string;
  /** Ed25519, in base64. */
  readonly signature: string;
  /** In DER (SPKI), in base64. */
  readonly publicKey: string;
}

/** Code in the graph. */
export interface StoredCode {
  readonly code: NodeCode;
  /** Of the UTF-8 bytes of the module, in hex. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The kind of file that code is in the graph. */
export const codeFramework = 'qmtl-node';

/** Its unique path there. */
export function codePath(codeHash: string): string {
  return `code/${codeHash}`;
}

/** The code with its hashes. */
export function toNodeCode(
  text: string,
  inputs: string,
  signatures: readonly CodeSignature[] = [],
): NodeCode {
  const moduleHash = hashModule(text);
  return { codeHash: hashCode(moduleHash, inputs), moduleHash, text, inputs, signatures };
}

export function hashModule(text: string): string {
  return `blake3:${blake3Hex(text)}`;
}

/** The `code_hash` of a compute node (docs/spec/identity.md#code-hashes). */
export function hashCode(moduleHash: string, inputs: string): string {
  return `blake3:${blake3Hex(`["qmtl-compute/1",${JSON.stringify(moduleHash)},${inputs}]`)}`;
}

/** Whether a `code_hash` can be that of stored code: other text comes from documents that were not compiled. */
export function isCodeHash(text: string): boolean {
  return isDigest256(text);
}

/** How a module reads one dependency. */
export interface InputReading {
  /** The names of the inputs. */
  readonly names: readonly string[];
  /** The fields that it can see there, when the code hash covers them. */
  readonly fields?: readonly string[];
}

/** `inputs` of code: one entry for each dependency, in order. Names that are not texts are left out. */
export function inputReadings(inputs: string): readonly InputReading[] {
  const entries: unknown = JSON.parse(inputs);
  return Array.isArray(entries) ? entries.map(readingOf) : [];
}

/** An entry is a list of names, or that list and the fields that the code hash covers. */
function readingOf(entry: unknown): InputReading {
  const first: unknown = Array.isArray(entry) ? entry[0] : undefined;
  const second: unknown = Array.isArray(entry) ? entry[1] : undefined;
  return Array.isArray(first) ? { names: texts(first), fields: texts(second) } : { names: texts(entry) };
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
