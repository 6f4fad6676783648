import type { Message } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { GroupedSends, groupIntoRequests, type TopicMessages } from '../../bus/kafka/grouped-sends.js';

const message = (key: string, length = 1): Message => ({ key, value: Buffer.alloc(length) });

/** A broker that answers on demand. */
function slowBroker() {
  const requests: string[][] = [];
  const answers: { done: () => void; fail: (error: Error) => void }[] = [];
  const sends = new GroupedSends(async (request: readonly TopicMessages[]) => {
    requests.push(request.map(({ topic }) => topic));
    await new Promise<void>((done, fail) => answers.push({ done, fail }));
  });
  return {
    requests,
    sends,
    answer: () => answers.shift()?.done(),
    fail: (error: Error) => answers.shift()?.fail(error),
  };
}

describe('sends to many topics', () => {
  test('sends during a request are grouped in the next one', async () => {
    const { requests, sends, answer } = slowBroker();
    const first = sends.add('a', [message('1')]);
    await Promise.resolve();
    const others = [sends.add('b', [message('2')]), sends.add('c', [message('3')])];
    expect(requests).toEqual([['a']]);
    answer();
    await first;
    await Promise.resolve();
    answer();
    await Promise.all(others);
    expect(requests).toEqual([['a'], ['b', 'c']]);
  });

  test('sends fail with their request, and later ones continue', async () => {
    const { sends, answer, fail } = slowBroker();
    const lost = sends.add('a', [message('1')]);
    await Promise.resolve();
    const kept = sends.add('b', [message('2')]);
    fail(new Error('gone'));
    await expect(lost).rejects.toThrow('gone');
    await Promise.resolve();
    answer();
    await expect(kept).resolves.toBeUndefined();
  });
});

describe('requests', () => {
  test('a request has each topic once, with its messages in order', () => {
    const group = [
      { topic: 'a', messages: [message('1', 800_000), message('2', 800_000)] },
      { topic: 'b', messages: [message('3')] },
      { topic: 'a', messages: [message('4')] },
    ];
    const keys = groupIntoRequests(group).map((request) =>
      request.map(({ topic, messages }) => `${topic}:${messages.map(({ key }) => key).join('+')}`),
    );
    expect(keys).toEqual([['a:1', 'b:3'], ['a:2'], ['a:4']]);
  });

  test('a request has at most 50 topics', () => {
    const group = Array.from({ length: 51 }, (_, index) => ({
      topic: `t-${index}`,
      messages: [message('k')],
    }));
    expect(groupIntoRequests(group).map(({ length }) => length)).toEqual([50, 1]);
  });
});
