import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../domain/base/errors.js';
import {
  advance,
  nextStep,
  type SubmissionEvent,
  type SubmissionEventKind,
  type SubmissionState,
  type SubmissionStateKind,
  submissionSteps,
  submissionTransitions,
} from '../../../domain/submissions/submission-state.js';
import { sampleReceipt } from '../../proto/domain-samples.js';

const counts = { reuse: 1, buffering: 0, new: 2 };
const receipt = sampleReceipt;
const problems: readonly Problem[] = [
  { code: 'E_CYCLE', path: '/dag', message: 'a cycle', hint: 'break it' },
];
const ending = { counts: receipt.counts, receipt, joined: false } as const;

/** One state and one event of each kind. No cell of the table can be forgotten: a new kind does not compile. */
const states: { readonly [K in SubmissionStateKind]: Extract<SubmissionState, { kind: K }> } = {
  received: { kind: 'received' },
  registered: { kind: 'registered', counts, unverified: 2 },
  'topics-ready': { kind: 'topics-ready', counts },
  committed: { kind: 'committed', ...ending },
  completed: { kind: 'completed', ...ending, announcement: 'done' },
  refused: { kind: 'refused', problems, more: 3 },
  failed: { kind: 'failed', code: 'E_CONTENDED', message: 'held' },
  cancelled: { kind: 'cancelled' },
};
const events: { readonly [K in SubmissionEventKind]: Extract<SubmissionEvent, { kind: K }> } = {
  registered: { kind: 'registered', counts, unverified: 2 },
  'found-committed': { kind: 'found-committed', receipt },
  refused: { kind: 'refused', problems, more: 3 },
  'topics-verified': { kind: 'topics-verified' },
  committed: { kind: 'committed', receipt },
  'set-back': { kind: 'set-back' },
  published: { kind: 'published', parked: 0 },
  'gave-up': { kind: 'gave-up', code: 'E_CONTENDED', message: 'held' },
  cancelled: { kind: 'cancelled' },
};

const cells = Object.values(states).flatMap((state) =>
  Object.values(events).map((event) => ({
    state,
    event,
    target: submissionTransitions[state.kind][event.kind],
  })),
);
const allowed = cells.filter(({ target }) => target !== 'refuse');
const refused = cells.filter(({ target }) => target === 'refuse');
const ends = ['completed', 'refused', 'failed', 'cancelled'] as const;

describe('the table', () => {
  test('the transition table has a cell for every state and event', () => {
    const stateKinds = Object.keys(states);
    expect(Object.keys(submissionTransitions)).toEqual(stateKinds);
    for (const row of Object.values(submissionTransitions))
      expect(Object.keys(row)).toEqual(Object.keys(events));
    expect(cells).toHaveLength(8 * 9);
  });

  test('the transition table leads to every state', () => {
    const reached = new Set(allowed.map(({ target }) => target));
    expect(new Set(['received', ...reached])).toEqual(new Set(Object.keys(states)));
  });

  test.each(allowed)(
    'a $state.kind submission takes $event.kind and is $target',
    ({ state, event, target }) => {
      expect(advance(state, event).kind).toBe(target);
    },
  );

  test.each(refused)('a $state.kind submission refuses $event.kind', ({ state, event }) => {
    expect(() => advance(state, event)).toThrow(
      new TypeError(`a ${state.kind} submission cannot take the event ${event.kind}`),
    );
  });
});

describe('the next step', () => {
  test.each([
    ['received', 'register'],
    ['registered', 'ensure-topics'],
    ['topics-ready', 'commit'],
    ['committed', 'publish'],
  ] as const)('the next step of a %s submission is %s', (kind, step) => {
    expect(nextStep(states[kind])).toBe(step);
  });

  test.each(ends)('a %s submission has no next step and accepts no event', (kind) => {
    expect(nextStep(states[kind])).toBeUndefined();
    expect(new Set(Object.values(submissionTransitions[kind]))).toEqual(new Set(['refuse']));
  });

  test('a submission without obstacles takes each step once', () => {
    const way: SubmissionEvent[] = [
      events.registered,
      events['topics-verified'],
      events.committed,
      events.published,
    ];
    const steps: unknown[] = [];
    let state: SubmissionState = states.received;
    for (const event of way) {
      steps.push(nextStep(state));
      state = advance(state, event);
    }
    expect(steps).toEqual(submissionSteps);
    expect(state).toEqual(states.completed);
  });
});

describe('what a submission knows', () => {
  test('the counts of a submission stay from registration to commit', () => {
    const ready = advance(advance(states.received, events.registered), events['topics-verified']);
    expect(ready).toEqual({ kind: 'topics-ready', counts });
  });

  test('a submission that found its receipt in the graph has joined', () => {
    const found = advance(states.received, events['found-committed']);
    expect(found).toMatchObject({ kind: 'committed', joined: true, receipt });
    expect(advance(found, events.published)).toMatchObject({ kind: 'completed', joined: true });
  });

  test('a refused submission keeps all of its problems', () => {
    expect(advance(states.received, events.refused)).toEqual({ kind: 'refused', problems, more: 3 });
  });

  test('I-4: a set-back forgets what was reserved and starts over', () => {
    for (const kind of ['registered', 'topics-ready'] as const) {
      expect(advance(states[kind], events['set-back'])).toEqual({ kind: 'received' });
    }
  });
});

describe('once committed', () => {
  test('a cancellation after the commit has no effect', () => {
    expect(advance(states.committed, events.cancelled)).toEqual(states.committed);
  });

  test('a bus that stays away does not fail a committed submission', () => {
    expect(advance(states.committed, events['gave-up'])).toEqual({
      ...states.completed,
      announcement: 'pending',
    });
  });

  test('a submission whose events the bus refused completes, and says so', () => {
    expect(advance(states.committed, { kind: 'published', parked: 1 })).toEqual({
      ...states.completed,
      announcement: 'parked',
    });
  });

  test('I-4: no sequence of events loses a receipt: a committed submission completes or continues', () => {
    const walk = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 40 });
    fc.assert(
      fc.property(walk, (taken) => {
        let state: SubmissionState = states.received;
        let committed = false;
        for (const event of taken) {
          if (submissionTransitions[state.kind][event.kind] === 'refuse') continue;
          state = advance(state, event);
          committed ||= state.kind === 'committed';
          expect(committed).toBe('receipt' in state);
        }
      }),
    );
  });
});
