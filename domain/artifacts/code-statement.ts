import type { NodeCode } from './node-code.js';

/** Media type of the statement that an author signs. */
export const codeStatementType = 'application/vnd.qmtl.node-code.v1+json';

/**
 * What a signature of code is about, in RFC 8785 JSON: the author vouches for one module under one code hash.
 *
 * `sha256`: of the module, in hex; a second digest of the same bytes, for audits that do not know BLAKE3.
 */
export function codeStatement({ codeHash, moduleHash }: NodeCode, sha256: string): string {
  return `{"code_hash":"${codeHash}","module":{"blake3":"${moduleHash}","sha256":"${sha256}"}}`;
}

/** The bytes that are signed: the pre-authentication encoding of DSSE, version 1, of the statement. All of it is ASCII. */
export function signedText(statement: string): string {
  return `DSSEv1 ${codeStatementType.length} ${codeStatementType} ${statement.length} ${statement}`;
}
