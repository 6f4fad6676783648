import type { NodeCode } from './node-code.js';

/** Media type of the statement that an author signs. */
const statementType = 'application/vnd.qmtl.node-code.v1+json';

/**
 * What a signature of code is about, in RFC 8785 JSON: the author vouches for one module under one code hash.
 *
 * `sha256`: of the module, in hex; a second digest of the same bytes, for audits that do not know BLAKE3.
 */
function codeStatement({ codeHash, moduleHash }: NodeCode, sha256: string): string {
  return `{"code_hash":"${codeHash}","module":{"blake3":"${moduleHash}","sha256":"${sha256}"}}`;
}

/** The text that is signed: the pre-authentication encoding of DSSE, version 1, of the statement about code. All of it is ASCII. */
export function signedCode(code: NodeCode, sha256: string): string {
  const statement = codeStatement(code, sha256);
  return `DSSEv1 ${statementType.length} ${statementType} ${statement.length} ${statement}`;
}
