import { expect, test, vi } from 'vitest';
import { onAbort } from '../../std/node/on-abort.js';

test('a stop is called at once when the signal is aborted already, else with its abort', () => {
  const [early, late] = [vi.fn(), vi.fn()];
  onAbort(AbortSignal.abort(), early);
  expect(early).toHaveBeenCalledOnce();
  const abort = new AbortController();
  onAbort(abort.signal, late);
  expect(late).not.toHaveBeenCalled();
  abort.abort();
  expect(late).toHaveBeenCalledOnce();
});

test('a stop that was removed is not called', () => {
  const stop = vi.fn();
  const abort = new AbortController();
  onAbort(abort.signal, stop)();
  abort.abort();
  expect(stop).not.toHaveBeenCalled();
  expect(() => onAbort(undefined, stop)()).not.toThrow();
});
