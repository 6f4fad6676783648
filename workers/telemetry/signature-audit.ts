import type { OnSignature } from '../../activities/code-signatures.js';
import type { Telemetry } from './telemetry.js';

/** A line of the log and a count for every signature of code that was verified (docs/operations.md#signatures). */
export function signatureAudit({ log, metrics }: Telemetry): OnSignature {
  return ({ outcome, keyId, codeHash, nodeId, nodes }) => {
    const isAccepted = outcome === 'accepted';
    log(isAccepted ? 'info' : 'warn', isAccepted ? 'signature accepted' : 'signature refused', {
      outcome,
      key_id: keyId,
      code_hash: codeHash,
      node_id: nodeId,
      nodes,
    });
    metrics.signatureVerified(outcome);
  };
}
