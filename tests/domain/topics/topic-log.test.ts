import { describe, expect, test } from 'vitest';
import { historyOf, type TopicLogLine } from '../../../domain/topics/topic-log.js';

function line(stage: TopicLogLine['stage'], change: Partial<TopicLogLine> = {}): TopicLogLine {
  return {
    requestId: 'r1',
    action: 'created',
    stage,
    topic: 't',
    workflowId: 'w',
    reason: 'why',
    at: stage === 'intent' ? 1_000 : 2_000,
    detail: '',
    ...change,
  };
}

describe('the history of topics', () => {
  test('shows what was asked for and done once, with the time it was asked', () => {
    expect(historyOf([line('intent'), line('done')])).toEqual([
      { action: 'created', topic: 't', outcome: 'done', workflowId: 'w', reason: 'why', at: 1_000 },
    ]);
  });

  test('says unknown where a process ended between asking and noting', () => {
    expect(historyOf([line('intent')])).toMatchObject([{ outcome: 'unknown', workflowId: 'w' }]);
  });

  test('leaves out what the broker did not do', () => {
    expect(historyOf([line('intent'), line('not-done', { detail: 'no rights' })])).toEqual([]);
  });

  test('keeps the order of asking, whatever order the outcomes came in', () => {
    const other = { requestId: 'r2', topic: 'u' };
    const lines = [line('intent'), line('intent', other), line('done', other), line('done')];
    expect(historyOf(lines).map(({ topic }) => topic)).toEqual(['t', 'u']);
  });

  test('tells requests, actions and topics apart', () => {
    const lines = [
      line('intent'),
      line('intent', { requestId: 'r2' }),
      line('intent', { action: 'removed' }),
      line('intent', { topic: 'u' }),
      line('done', { requestId: 'r2' }),
    ];
    expect(historyOf(lines).map(({ outcome }) => outcome)).toEqual(['unknown', 'done', 'unknown', 'unknown']);
  });
});
