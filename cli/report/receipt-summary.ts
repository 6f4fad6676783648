import type { Receipt } from '../../domain/submissions/submission.js';

/** The fields of a receipt, named as on the wire. */
export function receiptSummary(receipt: Receipt) {
  return {
    submission_id: receipt.submissionId,
    strategy_id: receipt.strategyId,
    version: receipt.version,
    sentinel_id: receipt.sentinelId,
    dag_digest: receipt.dagDigest,
    world_id: receipt.context.worldId,
    execution_domain: receipt.context.domain,
    ...(receipt.context.downgradeReason === undefined ? {} : { safe_mode: receipt.context.downgradeReason }),
    node_ids_crc32: receipt.nodeIdsCrc32,
    reused: receipt.counts.reuse,
    buffering: receipt.counts.buffering,
    created: receipt.counts.new,
    ...(receipt.tagsAdded === undefined ? {} : { tags_added: receipt.tagsAdded }),
  };
}
