import { describe, expect, test } from 'vitest';
import {
  type ObservedStatus,
  observedStatus,
  type RowView,
  type RunView,
  type SourceFault,
  type statusVerdicts,
  type Unknown,
} from '../../../domain/submissions/observed-status.js';

const counts = { reuse: 1, buffering: 0, new: 2 };
const failure = { code: 'E_SUBMISSION_FAILED', message: 'terminated' } as const;
const refusal = { code: 'E_CYCLE', message: 'refused: 1 problem' } as const;
const retrying = { step: 'ensure-topics', rounds: 2, code: 'E_BROKER_UNAVAILABLE', message: 'away' };
const temporalAway: SourceFault = { source: 'temporal', code: 'E_TEMPORAL_UNAVAILABLE', message: 'away' };
const graphAway: SourceFault = { source: 'graph', code: 'E_GRAPH_UNAVAILABLE', message: 'away' };
const noWorker: SourceFault = { source: 'worker', code: 'E_TEMPORAL_UNAVAILABLE', message: 'none' };

/** One view of each kind. A new kind does not compile. */
const runs: { readonly [K in keyof typeof statusVerdicts]: RunView | Unknown } = {
  none: { kind: 'none' },
  working: { kind: 'working', progress: { state: 'topics-ready', counts } },
  silent: { kind: 'silent', fault: noWorker },
  completed: { kind: 'completed', announcement: 'done' },
  refused: { kind: 'refused', failure: refusal },
  failed: { kind: 'failed', failure },
  killed: { kind: 'killed', failure },
  cancelled: { kind: 'cancelled' },
  unknown: { kind: 'unknown', fault: temporalAway },
};
const rows: { readonly [K in keyof (typeof statusVerdicts)['none']]: RowView | Unknown } = {
  none: { kind: 'none' },
  registered: { kind: 'registered', counts },
  committed: { kind: 'committed', counts, announcement: 'done' },
  cancelled: { kind: 'cancelled', counts },
  unknown: { kind: 'unknown', fault: graphAway },
};

/** What a user reads, for every pair of what Temporal and the graph say. */
const states: Readonly<Record<keyof typeof runs, Readonly<Record<keyof typeof rows, string>>>> = {
  none: {
    none: 'does not exist',
    registered: 'failed',
    committed: 'completed',
    cancelled: 'cancelled',
    unknown: 'unknown',
  },
  working: {
    none: 'topics-ready',
    registered: 'topics-ready',
    committed: 'committed',
    cancelled: 'topics-ready',
    unknown: 'topics-ready',
  },
  silent: {
    none: 'received',
    registered: 'registered',
    committed: 'committed',
    cancelled: 'received',
    unknown: 'unknown',
  },
  completed: {
    none: 'failed',
    registered: 'failed',
    committed: 'completed',
    cancelled: 'failed',
    unknown: 'completed',
  },
  refused: {
    none: 'refused',
    registered: 'refused',
    committed: 'completed',
    cancelled: 'refused',
    unknown: 'refused',
  },
  failed: {
    none: 'failed',
    registered: 'failed',
    committed: 'completed',
    cancelled: 'failed',
    unknown: 'failed',
  },
  killed: {
    none: 'failed',
    registered: 'failed',
    committed: 'completed',
    cancelled: 'failed',
    unknown: 'failed',
  },
  cancelled: {
    none: 'cancelled',
    registered: 'cancelled',
    committed: 'completed',
    cancelled: 'cancelled',
    unknown: 'cancelled',
  },
  unknown: {
    none: 'unknown',
    registered: 'registered',
    committed: 'completed',
    cancelled: 'cancelled',
    unknown: 'unknown',
  },
};

const cells = Object.entries(states).flatMap(([run, byRow]) =>
  Object.entries(byRow).map(([row, state]) => ({ run, row, state })),
);

function seen(run: string, row: string): ObservedStatus | undefined {
  const [runView] = Object.entries(runs).flatMap(([name, view]) => (name === run ? [view] : []));
  const [rowView] = Object.entries(rows).flatMap(([name, view]) => (name === row ? [view] : []));
  if (runView === undefined || rowView === undefined) throw new Error(`${run} or ${row} is not a view`);
  return observedStatus(runView, rowView);
}

test.each(cells)('a run that is $run and a row that is $row are shown as $state', ({ run, row, state }) => {
  const observed = seen(run, row);
  expect(observed === undefined ? 'does not exist' : (observed.state ?? 'unknown')).toBe(state);
});

test.each(cells)('a run that is $run and a row that is $row hide no fault', ({ run, row }) => {
  const faults = [
    ...(run === 'silent' ? [noWorker] : run === 'unknown' ? [temporalAway] : []),
    ...(row === 'unknown' ? [graphAway] : []),
  ];
  expect(seen(run, row)?.faults ?? []).toEqual(faults);
});

describe('what is shown beside the state', () => {
  test('a committed submission whose events wait is not completed while its run goes on or may go on', () => {
    const row: RowView = { kind: 'committed', counts, announcement: 'pending' };
    expect(observedStatus(runs.working, row)?.state).toBe('committed');
    expect(observedStatus(runs.silent, row)?.state).toBe('committed');
    expect(observedStatus(runs.unknown, row)?.state).toBe('committed');
    expect(observedStatus(runs.killed, row)).toEqual({
      state: 'completed',
      announcement: 'pending',
      counts,
      faults: [],
    });
  });

  test('a step that is retried is shown in every state of the graph', () => {
    const run: RunView = { kind: 'working', progress: { state: 'registered', counts, retrying } };
    for (const row of Object.values(rows)) expect(observedStatus(run, row)?.retrying).toEqual(retrying);
  });

  test('a submission whose registration nothing continues says to submit it again', () => {
    expect(observedStatus(runs.none, rows.registered)?.failure).toMatchObject({
      code: 'E_SUBMISSION_FAILED',
      message: expect.stringContaining('submit it again'),
    });
  });

  test('a terminated run and a refused one show why they ended', () => {
    expect(observedStatus(runs.killed, rows.registered)).toMatchObject({ state: 'failed', failure });
    expect(observedStatus(runs.refused, rows.none)).toMatchObject({ state: 'refused', failure: refusal });
  });

  test('a worker that is at work is not reported as missing', () => {
    expect(observedStatus({ kind: 'silent' }, rows.none)).toEqual({ state: 'received', faults: [] });
  });
});
