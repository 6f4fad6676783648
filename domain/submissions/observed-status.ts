import type { ErrorCode, Problem } from '../base/errors.js';
import type { SubmissionId } from '../base/ids.js';
import type { DiffCounts } from './submission.js';
import type { AnnouncementState, SubmissionStateKind } from './submission-state.js';

/** Where the status of a submission is read. `worker`: what only a worker can say of a run. */
export type StatusSource = 'temporal' | 'worker' | 'graph' | 'api';

/** A source that did not say what it was asked. */
export interface SourceFault {
  readonly source: StatusSource;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Why a run ended without a receipt; a refusal has its problems. */
export interface StatusFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems?: readonly Problem[];
}

/** What a worker says of a run that is under way: the `status` query. */
export interface RunProgress {
  readonly state: SubmissionStateKind;
  readonly counts?: DiffCounts;
  readonly unverified?: number;
  readonly retrying?: {
    readonly step: string;
    readonly rounds: number;
    readonly code: string;
    readonly message: string;
  };
}

/** What Temporal says of the newest run of a submission. */
export type RunView =
  /** There never was one, or it was deleted after its retention time. */
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly progress: RunProgress }
  /** Under way, but what it does is not known: a worker is at it at the moment, or `fault` says why not. */
  | { readonly kind: 'silent'; readonly fault?: SourceFault }
  | { readonly kind: 'completed'; readonly announcement: AnnouncementState }
  | { readonly kind: 'refused' | 'failed' | 'killed'; readonly failure: StatusFailure }
  | { readonly kind: 'cancelled' };

/** The newest run of a submission. */
export interface ObservedRun {
  readonly view: RunView | Unknown;
  readonly workflowId?: string;
  /** Absent without a run. */
  readonly strategyId?: string;
}

/** A run that Temporal lists. */
export interface StartedRun {
  readonly submissionId: SubmissionId;
  readonly running: boolean;
}

/** What the graph says of a submission. */
export type RowView =
  | { readonly kind: 'none' }
  | { readonly kind: 'registered' | 'cancelled'; readonly counts: DiffCounts }
  | { readonly kind: 'committed'; readonly counts: DiffCounts; readonly announcement: AnnouncementState };

/** A source may not answer (`fault`), or not be asked. */
export type Unknown = { readonly kind: 'unknown'; readonly fault?: SourceFault };

export interface ObservedStatus {
  /** Absent when no source that answered knows it. */
  readonly state?: SubmissionStateKind;
  readonly counts?: DiffCounts;
  readonly unverified?: number;
  readonly retrying?: RunProgress['retrying'];
  readonly announcement?: AnnouncementState;
  readonly failure?: StatusFailure;
  readonly faults: readonly SourceFault[];
}

/**
 * What an observer says of a submission:
 * `missing`: it does not exist. `asked`: what its run says. `run`: how its run ended. `committed`: it is in the graph, and its run
 * goes on. `in-graph`: it is in the graph, and nothing is known of a run. `ended`: it is in the graph, and its run is over.
 * `lost`: nothing continues it. `unknown`: no source says it.
 */
export type Verdict =
  | 'missing'
  | 'asked'
  | 'run'
  | 'received'
  | 'registered'
  | 'committed'
  | 'in-graph'
  | 'ended'
  | 'cancelled'
  | 'lost'
  | 'unknown';

type RunKind = (RunView | Unknown)['kind'];
type RowKind = (RowView | Unknown)['kind'];

/**
 * The one table of `qmtl status`, the API and the SDK (docs/spec/submission.md#status). Temporal is asked first: a run that is over has
 * its row. A committed row counts more than any end of a run, since a receipt is permanent.
 */
export const statusVerdicts = {
  none: {
    none: 'missing',
    registered: 'lost',
    committed: 'ended',
    cancelled: 'cancelled',
    unknown: 'unknown',
  },
  working: {
    none: 'asked',
    registered: 'asked',
    committed: 'committed',
    cancelled: 'asked',
    unknown: 'asked',
  },
  silent: {
    none: 'received',
    registered: 'registered',
    committed: 'committed',
    cancelled: 'received',
    unknown: 'unknown',
  },
  completed: { none: 'lost', registered: 'lost', committed: 'ended', cancelled: 'lost', unknown: 'run' },
  refused: { none: 'run', registered: 'run', committed: 'ended', cancelled: 'run', unknown: 'run' },
  failed: { none: 'run', registered: 'run', committed: 'ended', cancelled: 'run', unknown: 'run' },
  killed: { none: 'run', registered: 'run', committed: 'ended', cancelled: 'run', unknown: 'run' },
  cancelled: { none: 'run', registered: 'run', committed: 'ended', cancelled: 'run', unknown: 'run' },
  unknown: {
    none: 'unknown',
    registered: 'registered',
    committed: 'in-graph',
    cancelled: 'cancelled',
    unknown: 'unknown',
  },
} as const satisfies Record<RunKind, Record<RowKind, Verdict>>;

/** Undefined when the submission does not exist. */
export function observedStatus(run: RunView | Unknown, row: RowView | Unknown): ObservedStatus | undefined {
  const verdict: Verdict = statusVerdicts[run.kind][row.kind];
  if (verdict === 'missing') return undefined;
  const faults = [run, row].flatMap((view) =>
    'fault' in view && view.fault !== undefined ? [view.fault] : [],
  );
  const counts = 'counts' in row ? { counts: row.counts } : {};
  return { ...counts, ...judged(verdict, run, row), faults };
}

function judged(verdict: Verdict, run: RunView | Unknown, row: RowView | Unknown): Partial<ObservedStatus> {
  switch (verdict) {
    case 'asked':
    case 'run':
      return saidByRun(run);
    case 'committed':
      return { state: 'committed', ...(run.kind === 'working' ? retryingOf(run.progress) : {}) };
    case 'in-graph':
    case 'ended':
      return inGraph(row, verdict);
    case 'lost':
      return { state: 'failed', failure: lost };
    case 'received':
    case 'registered':
    case 'cancelled':
      return { state: verdict };
    case 'unknown':
    case 'missing':
      return {};
  }
}

const lost: StatusFailure = {
  code: 'E_SUBMISSION_FAILED',
  message: 'the graph does not hold it as committed, and no run continues it: submit it again',
};

function saidByRun(run: RunView | Unknown): Partial<ObservedStatus> {
  switch (run.kind) {
    case 'working':
      return run.progress;
    case 'completed':
      return { state: 'completed', announcement: run.announcement };
    case 'refused':
    case 'failed':
    case 'killed':
      return { state: run.kind === 'killed' ? 'failed' : run.kind, failure: run.failure };
    case 'cancelled':
      return { state: 'cancelled' };
    case 'none':
    case 'silent':
    case 'unknown':
      return {};
  }
}

function retryingOf({ retrying }: RunProgress): Partial<ObservedStatus> {
  return retrying === undefined ? {} : { retrying };
}

function inGraph(row: RowView | Unknown, verdict: 'in-graph' | 'ended'): Partial<ObservedStatus> {
  if (row.kind !== 'committed') return {};
  // A run that nothing is known of may still wait for its events.
  if (verdict === 'in-graph' && row.announcement === 'pending') return { state: 'committed' };
  return { state: 'completed', announcement: row.announcement };
}
