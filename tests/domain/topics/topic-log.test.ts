import { describe, expect, test } from 'vitest';
import { type TopicLogLine, toHistory } from '../../../domain/topics/topic-log.js';

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
  test('a completed request is one entry, with the time of the request', () => {
    expect(toHistory([line('intent'), line('done')])).toEqual([
      { action: 'created', topic: 't', outcome: 'done', workflowId: 'w', reason: 'why', at: 1_000 },
    ]);
  });

  test('a request without a recorded outcome is unknown', () => {
    expect(toHistory([line('intent')])).toMatchObject([{ outcome: 'unknown', workflowId: 'w' }]);
  });

  test('a request the broker did not carry out is not listed', () => {
    expect(toHistory([line('intent'), line('not-done', { detail: 'no rights' })])).toEqual([]);
  });

  test('entries are in the order of the requests, whatever the order of the outcomes', () => {
    const other = { requestId: 'r2', topic: 'u' };
    const lines = [line('intent'), line('intent', other), line('done', other), line('done')];
    expect(toHistory(lines).map(({ topic }) => topic)).toEqual(['t', 'u']);
  });

  test('outcomes are matched by request, action and topic', () => {
    const lines = [
      line('intent'),
      line('intent', { requestId: 'r2' }),
      line('intent', { action: 'removed' }),
      line('intent', { topic: 'u' }),
      line('done', { requestId: 'r2' }),
    ];
    expect(toHistory(lines).map(({ outcome }) => outcome)).toEqual(['unknown', 'done', 'unknown', 'unknown']);
  });
});
