import { limits } from '../../domain/base/limits.js';
import type { SubmissionEvent } from '../../domain/submissions/submission-state.js';
import { problemsFromWire } from '../../proto/convert/problems.js';
import { countsFromWire, receiptFromWire } from '../../proto/convert/receipt.js';
import type { CommitSubmissionResult, RegisterSubmissionResult } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { firstNames } from '../../std/bounded-text.js';
import type { Wait } from '../steps.js';

/** What the `register` step found. `expectedId`: the submission id the workflow was started for. */
export function registeredEvent(
  result: RegisterSubmissionResult,
  expectedId: string,
): SubmissionEvent | Wait {
  const { outcome } = result;
  if (outcome.case !== 'refused' && result.submissionId !== expectedId) {
    return {
      kind: 'gave-up',
      code: 'E_CHECKSUM_MISMATCH',
      message: `the content belongs to ${result.submissionId}`,
    };
  }
  switch (outcome.case) {
    case 'registered':
      return {
        kind: 'registered',
        counts: countsFromWire(outcome.value.counts),
        unverified: outcome.value.topicsUnverified,
      };
    case 'committed':
      return {
        kind: result.committedNow ? 'committed' : 'found-committed',
        receipt: receiptFromWire(outcome.value),
      };
    case 'contended':
      return {
        kind: 'wait',
        code: 'E_CONTENDED',
        message: `${outcome.value.reason}: ${firstNames(outcome.value.topics, limits.namesInMessageMax)}`,
      };
    case 'refused':
      return { kind: 'refused', problems: problemsFromWire(outcome.value), more: outcome.value.more };
    case undefined:
      return { kind: 'gave-up', code: 'E_INTERNAL', message: 'register returned no outcome' };
  }
}

/** What the `commit` step found. */
export function committedEvent({ outcome }: CommitSubmissionResult): SubmissionEvent {
  switch (outcome.case) {
    case 'committed':
      return { kind: 'committed', receipt: receiptFromWire(outcome.value) };
    case 'unverified':
    case 'outdated':
    case 'notRegistered':
      return { kind: 'set-back' };
    case undefined:
      return { kind: 'gave-up', code: 'E_INTERNAL', message: 'commit returned no outcome' };
  }
}
