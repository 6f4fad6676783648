import { describe, expect, test } from 'vitest';
import { limits } from '../../../domain/base/limits.js';
import { joinHistory, type TopicLogLine } from '../../../domain/topics/topic-log.js';
import { allOf } from '../../all-of.js';

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
    installation: 'i',
    ...change,
  };
}

async function* streamed(lines: readonly TopicLogLine[]) {
  yield* lines;
}

const toHistory = (lines: readonly TopicLogLine[], openMax?: number) =>
  allOf(joinHistory(streamed(lines), openMax));

describe('the history of topics', () => {
  test('a completed request is one entry, with the time of the request and its installation', async () => {
    expect(await toHistory([line('intent'), line('done')])).toEqual([
      {
        action: 'created',
        topic: 't',
        outcome: 'done',
        workflowId: 'w',
        reason: 'why',
        at: 1_000,
        installation: 'i',
      },
    ]);
  });

  test('a request without a recorded outcome is unknown', async () => {
    expect(await toHistory([line('intent')])).toMatchObject([{ outcome: 'unknown', workflowId: 'w' }]);
  });

  test('a request the broker did not carry out is not listed', async () => {
    expect(await toHistory([line('intent'), line('not-done', { detail: 'no rights' })])).toEqual([]);
  });

  test('entries are in the order of the outcomes, and those without one come last', async () => {
    const other = { requestId: 'r2', topic: 'u' };
    const lines = [line('intent'), line('intent', other), line('done', other)];
    expect((await toHistory(lines)).map(({ topic }) => topic)).toEqual(['u', 't']);
    expect((await toHistory([...lines, line('done')])).map(({ topic }) => topic)).toEqual(['u', 't']);
  });

  test('outcomes are matched by request, action and topic', async () => {
    const lines = [
      line('intent'),
      line('intent', { requestId: 'r2' }),
      line('intent', { action: 'removed' }),
      line('intent', { topic: 'u' }),
      line('done', { requestId: 'r2' }),
    ];
    expect((await toHistory(lines)).map(({ outcome }) => outcome)).toEqual([
      'done',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  test('one request past the limit of open ones is given out as unknown, and its outcome is not listed again', async () => {
    const lines = ['a', 'b', 'c'].map((topic) => line('intent', { topic }));
    const found = await toHistory([...lines, line('done', { topic: 'a' }), line('done', { topic: 'c' })], 2);
    expect(found.map(({ topic, outcome }) => `${topic} ${outcome}`)).toEqual([
      'a unknown',
      'c done',
      'b unknown',
    ]);
    expect(limits.topicRequestsOpenMax).toBe(10_000);
  });
});
