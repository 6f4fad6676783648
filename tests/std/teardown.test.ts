import { expect, test } from 'vitest';
import { startAll, Teardown } from '../../std/teardown.js';

function throwing(message: string): never {
  throw new Error(message);
}

test.each([
  ['rejects', () => Promise.reject(new Error('the second fails'))],
  ['throws at once', () => throwing('the second fails')],
])('every part is stopped in reverse order, also after a stop that %s', async (_how, stop) => {
  const stopped: string[] = [];
  const teardown = new Teardown();
  teardown.add(async () => void stopped.push('first'));
  teardown.add(stop);
  teardown.add(async () => void stopped.push('third'));
  await expect(teardown.run()).rejects.toThrow('the second fails');
  expect(stopped).toEqual(['third', 'first']);
});

test('a failed start stops what was started, and is the failure that is reported', async () => {
  const stopped: string[] = [];
  const starting = startAll(async (teardown) => {
    teardown.add(async () => void stopped.push('first'));
    teardown.add(() => throwing('the stop fails'));
    return throwing('the start fails');
  });
  await expect(starting).rejects.toThrow('the start fails');
  expect(stopped).toEqual(['first']);
});
