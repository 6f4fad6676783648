import { limits } from '../../domain/base/limits.js';
import type { AnnouncementState, SubmissionState } from '../../domain/submissions/submission-state.js';
import type { SubmitStrategyRequest } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { boundedText } from '../../std/bounded-text.js';

/** Text for operators in the Temporal UI (markdown): the request, its state, the next step. */
export function submissionDetails(
  request: SubmitStrategyRequest,
  state: SubmissionState,
  waiting:
    | { readonly step: string; readonly rounds: number; readonly code: string; readonly message: string }
    | undefined,
): string {
  const nodes = request.dag?.nodes.length ?? 0;
  const subject = `**${request.strategyId}** ${request.version} in world **${request.worldId}** (${nodes} nodes)`;
  const lines = [subject, '', `State: **${state.kind}**. ${sentence(state)}`];
  if (waiting !== undefined) {
    lines.push(
      '',
      `Waiting to repeat \`${waiting.step}\` after round ${waiting.rounds}: ${waiting.code}, ${waiting.message}`,
    );
  }
  return boundedText(lines.join('\n'), limits.currentDetailsCharsMax);
}

const unannounced = {
  done: '',
  pending: ' **Not announced yet**: the bus stayed away; the events follow once it is back.',
  parked: ' **Not announced completely**: the bus refused events (`qmtl outbox list`).',
} as const satisfies Record<AnnouncementState, string>;

function sentence(state: SubmissionState): string {
  switch (state.kind) {
    case 'received':
      return 'The DAG is being checked and compared with the graph.';
    case 'registered':
      return `${diff(state)}; ${state.unverified} topics to create or check.`;
    case 'topics-ready':
      return `${diff(state)}; every topic is verified, the commit is next.`;
    case 'committed':
      return state.joined
        ? 'This content was committed before.'
        : `${diff(state)}; its events are being published.`;
    case 'completed':
      return `${
        state.joined
          ? 'This content was committed before; nothing was created.'
          : `${diff(state)}. Sentinel \`${state.receipt.sentinelId}\`.`
      }${unannounced[state.announcement]}`;
    case 'refused':
      return state.problems
        .map((problem) => `\n- \`${problem.code}\` at \`${problem.path}\`: ${problem.message}`)
        .join('');
    case 'failed':
      return `${state.code}: ${state.message}`;
    case 'cancelled':
      return 'Cancelled before the commit; its reservations stay for the next submission that needs them.';
  }
}

function diff(state: Extract<SubmissionState, { counts: unknown }>): string {
  const { counts } = state;
  return `${counts.reuse} nodes reused, ${counts.buffering} buffering, ${counts.new} new`;
}
