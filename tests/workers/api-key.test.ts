import { expect, onTestFinished, test, vi } from 'vitest';
import { followApiKey } from '../../workers/worker.js';

test('a worker gives its connection a new API key, and keeps the old one otherwise', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let current = 'first';
  const given: string[] = [];
  const setApiKey = async (key: string) => {
    given.push(key);
    if (key === 'refused') throw new Error('not a key');
  };
  const log: string[] = [];
  const access = { address: 'a:1', namespace: 'n', apiKey: () => current };
  const end = followApiKey({ setApiKey }, access, (level, message) => log.push(`${level}: ${message}`));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(given).toEqual([]);
  current = 'second';
  await vi.advanceTimersByTimeAsync(60_000);
  current = 'refused';
  await vi.advanceTimersByTimeAsync(30_000);
  expect(given).toEqual(['second', 'refused']);
  expect(log).toEqual([
    'info: the API key of Temporal was read again',
    'error: the new API key of Temporal cannot be used',
  ]);
  await end();
  current = 'third';
  await vi.advanceTimersByTimeAsync(60_000);
  expect(given).toHaveLength(2);
});
