import { expect, test } from 'vitest';
import { limits } from '../../../domain/base/limits.js';
import {
  nextRequestSize,
  quickAnswerMs,
  slowAnswerMs,
  slowRequestMin,
} from '../../../domain/topics/request-size.js';

const most = limits.topicsPerRequestMax;

test.each([
  ['a quick answer doubles it', 100, quickAnswerMs, 200],
  ['never past the largest request', most - 1, 0, most],
  ['an answer in time keeps it', 100, slowAnswerMs, 100],
  ['a slow answer halves it', 100, slowAnswerMs + 1, 50],
  ['slowness alone makes it no smaller than this', slowRequestMin + 1, slowAnswerMs + 1, slowRequestMin],
  ['nor larger', 7, slowAnswerMs + 1, 7],
])('the size of the next request: %s', (_, size, tookMs, next) => {
  expect(nextRequestSize(size, { kind: 'answered', tookMs })).toBe(next);
});

test.each([
  [limits.topicsFirstRequest, 25],
  [3, 1],
  [1, 1],
])('a request of %i that failed is followed by one of %i', (size, next) => {
  expect(nextRequestSize(size, { kind: 'failed' })).toBe(next);
});
