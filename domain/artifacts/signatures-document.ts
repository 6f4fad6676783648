import { isPlainObject } from '../../std/json.js';
import type { DocumentFields } from '../base/document-fields.js';
import type { Limits } from '../base/limits.js';
import { excerpt, type ProblemList } from '../base/problem-list.js';
import type { CodeSignature } from './node-code.js';

/** Reads `signatures: [{keyid, sig, key}, …]` of the code of a node, and adds their problems. */
export function readSignatures(
  fields: DocumentFields,
  bounds: Limits,
  problems: ProblemList,
): CodeSignature[] {
  const list = fields.raw('signatures') ?? [];
  const at = fields.path('signatures');
  const hint = `give a list of at most ${bounds.codeSignaturesMax}`;
  if (!Array.isArray(list)) {
    problems.add('E_SCHEMA_INVALID', at, `is ${excerpt(list)}, not a list`, hint);
    return [];
  }
  if (list.length > bounds.codeSignaturesMax) {
    problems.add('E_LIMIT_EXCEEDED', at, `has ${list.length} signatures`, hint);
    return [];
  }
  const signatures = new Map<string, CodeSignature>();
  for (const [index, entry] of list.entries()) {
    if (isPlainObject(entry)) noteOtherMembers(entry, ['keyid', 'sig', 'key'], `${at}/${index}`, problems);
    const one = signatureOf(entry);
    if (one === undefined) {
      const form =
        'give {"keyid": "sha256:…", "sig": base64 of 64 bytes, "key": base64 of the public key in DER}';
      problems.add('E_SCHEMA_INVALID', `${at}/${index}`, 'is not a signature', form);
      continue;
    }
    if (signatures.has(one.keyId)) {
      const message = `key ${one.keyId} signs twice`;
      problems.add('E_DUPLICATE', `${at}/${index}`, message, 'list one signature of each key');
    }
    signatures.set(one.keyId, one);
  }
  return [...signatures.values()];
}

/** A member that nothing reads may be one that its writer counts on, such as a misspelt `signatures`. */
export function noteOtherMembers(
  entry: Readonly<Record<string, unknown>>,
  supported: readonly string[],
  at: string,
  problems: ProblemList,
): void {
  for (const name of Object.keys(entry)) {
    if (supported.includes(name)) continue;
    const hint = `the members are ${supported.join(', ')}`;
    problems.add('E_SCHEMA_INVALID', at, `has a member ${excerpt(name)}, which means nothing`, hint);
  }
}

function signatureOf(entry: unknown): CodeSignature | undefined {
  if (!isPlainObject(entry)) return undefined;
  const { keyid, sig, key } = entry;
  if (!isText(keyid, /^sha256:[0-9a-f]{64}$/) || !isText(sig, /^[A-Za-z0-9+/]{86}==$/)) return undefined;
  return isText(key, /^[A-Za-z0-9+/]{59}=$/) ? { keyId: keyid, signature: sig, publicKey: key } : undefined;
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
