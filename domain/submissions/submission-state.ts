import { assertNever } from '../../std/assert-never.js';
import type { ErrorCode, Problem } from '../base/errors.js';
import type { DiffCounts, Receipt } from './submission.js';

/**
 * The life of one submission (docs/spec/submission.md). Pure: the workflow passes it what its steps returned
 * and asks for the next step, so every state and event can be listed and tested without Temporal.
 */
export const submissionSteps = ['register', 'ensure-topics', 'commit', 'publish'] as const;
export type SubmissionStep = (typeof submissionSteps)[number];

/**
 * Whether consumers hear of a completed submission: all of its events are on the bus; the bus stayed away for as long as it waits,
 * and they follow; or the bus refused some of them for good.
 */
export type AnnouncementState = 'done' | 'pending' | 'parked';

export type SubmissionState =
  | { readonly kind: 'received' }
  /** Names are reserved; `unverified` topics have to be created or checked. */
  | { readonly kind: 'registered'; readonly counts: DiffCounts; readonly unverified: number }
  | { readonly kind: 'topics-ready'; readonly counts: DiffCounts }
  /** In the graph for good; only its events are not published yet. */
  | {
      readonly kind: 'committed';
      readonly counts: DiffCounts;
      readonly receipt: Receipt;
      readonly joined: boolean;
    }
  | {
      readonly kind: 'completed';
      readonly counts: DiffCounts;
      readonly receipt: Receipt;
      readonly joined: boolean;
      readonly announcement: AnnouncementState;
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[]; readonly more: number }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'cancelled' };

export type SubmissionEvent =
  | { readonly kind: 'registered'; readonly counts: DiffCounts; readonly unverified: number }
  | { readonly kind: 'found-committed'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[]; readonly more: number }
  | { readonly kind: 'topics-verified' }
  | { readonly kind: 'committed'; readonly receipt: Receipt }
  /** The reservation or a verification is gone (cancelled or renamed by another run): the submission starts over. */
  | { readonly kind: 'set-back' }
  /** Its events are on the bus, except for `parked` ones, which the bus refused for good. */
  | { readonly kind: 'published'; readonly parked: number }
  | { readonly kind: 'gave-up'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'cancelled' };

export type SubmissionStateKind = SubmissionState['kind'];
export type SubmissionEventKind = SubmissionEvent['kind'];

/** Every state, in the order of a life. */
export const submissionStateKinds = [
  'received',
  'registered',
  'topics-ready',
  'committed',
  'completed',
  'refused',
  'failed',
  'cancelled',
] as const satisfies readonly SubmissionStateKind[];

/** An end state takes no event. */
const ended = {
  registered: 'refuse',
  'found-committed': 'refuse',
  refused: 'refuse',
  'topics-verified': 'refuse',
  committed: 'refuse',
  'set-back': 'refuse',
  published: 'refuse',
  'gave-up': 'refuse',
  cancelled: 'refuse',
} as const satisfies Record<SubmissionEventKind, 'refuse'>;

/** The state that each event leads to; 'refuse' marks what must not happen. The type requires every cell. */
export const submissionTransitions = {
  received: {
    registered: 'registered',
    'found-committed': 'committed',
    refused: 'refused',
    'topics-verified': 'refuse',
    committed: 'committed',
    'set-back': 'refuse',
    published: 'refuse',
    'gave-up': 'failed',
    cancelled: 'cancelled',
  },
  registered: {
    registered: 'refuse',
    'found-committed': 'refuse',
    refused: 'refuse',
    'topics-verified': 'topics-ready',
    committed: 'refuse',
    'set-back': 'received',
    published: 'refuse',
    'gave-up': 'failed',
    cancelled: 'cancelled',
  },
  'topics-ready': {
    registered: 'refuse',
    'found-committed': 'refuse',
    refused: 'refuse',
    'topics-verified': 'refuse',
    committed: 'committed',
    'set-back': 'received',
    published: 'refuse',
    'gave-up': 'failed',
    cancelled: 'cancelled',
  },
  committed: {
    registered: 'refuse',
    'found-committed': 'refuse',
    refused: 'refuse',
    'topics-verified': 'refuse',
    committed: 'refuse',
    'set-back': 'refuse',
    published: 'completed',
    'gave-up': 'completed',
    cancelled: 'committed',
  },
  completed: ended,
  refused: ended,
  failed: ended,
  cancelled: ended,
} as const satisfies Record<SubmissionStateKind, Record<SubmissionEventKind, SubmissionStateKind | 'refuse'>>;

/** The step to take in a state; undefined in an end state. */
export function nextStep(state: SubmissionState): SubmissionStep | undefined {
  switch (state.kind) {
    case 'received':
      return 'register';
    case 'registered':
      return 'ensure-topics';
    case 'topics-ready':
      return 'commit';
    case 'committed':
      return 'publish';
    case 'completed':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return undefined;
    default:
      return assertNever(state);
  }
}

/** Applies one event. Throws on a transition the table refuses: that is a mistake of the caller. */
export function advance(state: SubmissionState, event: SubmissionEvent): SubmissionState {
  const target = submissionTransitions[state.kind][event.kind];
  if (target === 'refuse')
    throw new TypeError(`a ${state.kind} submission cannot take the event ${event.kind}`);
  return enter(state, event);
}

function enter(state: SubmissionState, event: SubmissionEvent): SubmissionState {
  switch (event.kind) {
    case 'registered':
      return { kind: 'registered', counts: event.counts, unverified: event.unverified };
    case 'found-committed':
      return { kind: 'committed', counts: event.receipt.counts, receipt: event.receipt, joined: true };
    case 'refused':
      return { kind: 'refused', problems: event.problems, more: event.more };
    case 'topics-verified':
      return { kind: 'topics-ready', counts: countsOf(state) };
    case 'committed':
      return { kind: 'committed', counts: event.receipt.counts, receipt: event.receipt, joined: false };
    case 'set-back':
      return { kind: 'received' };
    case 'published':
      return complete(state, event.parked === 0 ? 'done' : 'parked');
    case 'gave-up':
      // Once committed, a bus that stays away cannot make the submission fail: the outbox keeps the events.
      return state.kind === 'committed'
        ? complete(state, 'pending')
        : { kind: 'failed', code: event.code, message: event.message };
    case 'cancelled':
      return state.kind === 'committed' ? state : { kind: 'cancelled' };
    default:
      return assertNever(event);
  }
}

function complete(state: SubmissionState, announcement: AnnouncementState): SubmissionState {
  return state.kind === 'committed' ? { ...state, kind: 'completed', announcement } : state;
}

function countsOf(state: SubmissionState): DiffCounts {
  return 'counts' in state ? state.counts : { reuse: 0, buffering: 0, new: 0 };
}
