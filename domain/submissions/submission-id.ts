import { blake3Hex } from '../base/blake3.js';
import { branded, isSentinelId, isSubmissionId, type SentinelId, type SubmissionId } from '../base/ids.js';
import type { Submission } from './submission.js';

/** The content that identifies a submission. The commit is not part of it: same content, same submission (I-3). */
export type SubmissionContent = Pick<Submission, 'strategyId' | 'version' | 'context' | 'dagDigest'>;

/**
 * BLAKE3 over strategy, version, world, domain, as_of, partition, reason of a downgrade and DAG digest, joined with
 * U+001F, which `parseSubmission` refuses in all of them (docs/spec/identity.md#submission-ids).
 */
export function hashSubmission(content: SubmissionContent): SubmissionId {
  const { worldId, domain, asOf, partition, downgradeReason } = content.context;
  const parts = [
    content.strategyId,
    content.version,
    worldId,
    domain,
    asOf,
    partition,
    downgradeReason ?? '',
    content.dagDigest,
  ];
  return branded(`blake3:${blake3Hex(parts.join('\u001f'))}`, isSubmissionId);
}

const sentinelHexChars = 16;

/** `{strategy}:{version}:{first 16 hex digits of the submission}`. */
export function makeSentinelId(
  submission: Pick<Submission, 'strategyId' | 'version' | 'submissionId'>,
): SentinelId {
  const hex = submission.submissionId.slice('blake3:'.length, 'blake3:'.length + sentinelHexChars);
  return branded(`${submission.strategyId}:${submission.version}:${hex}`, isSentinelId);
}
