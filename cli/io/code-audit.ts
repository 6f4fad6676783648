import { appendFileSync } from 'node:fs';
import { QmtlError } from '../../domain/base/errors.js';
import { fileReason } from '../../std/node/errno.js';

/** What the verification of stored code found, before it is executed: a line of the audit log. */
export interface CodeVerification {
  /**
   * `accepted`: signed by keys that are trusted. `unsigned`: by none of them. `unasked`: no keys are configured, and signatures are not
   * looked at. `changed`: it is not what its hashes say.
   */
  readonly outcome: 'accepted' | 'unsigned' | 'unasked' | 'changed';
  readonly nodeId: string;
  /** Empty: found when all hashes of a node were computed. */
  readonly codeHash: string;
  /** Those that are accepted; else all that it names. */
  readonly keyIds: readonly string[];
}

export type CodeAudit = (verification: CodeVerification) => void;

/** Appends to the file of `code.audit_file`; does nothing without one. What cannot be recorded is refused (E_FILE), and so not executed. */
export function codeAudit(path: string, now: () => number): CodeAudit {
  if (path === '') return () => {};
  return ({ outcome, nodeId, codeHash, keyIds }) => {
    const time = new Date(now()).toISOString();
    const line = { time, outcome, node_id: nodeId, code_hash: codeHash, key_ids: keyIds };
    try {
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      const reason = fileReason(cause) ?? String(cause);
      throw new QmtlError('E_FILE', `the audit log ${path} cannot be written: ${reason}`, {
        hint: 'check code.audit_file; code that cannot be recorded is not executed',
        cause,
      });
    }
  };
}
