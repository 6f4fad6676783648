import { expect, test } from 'vitest';
import { isTraceparent } from '../../../domain/submissions/trace-context.js';

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';

test.each([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-00`, ''])('%j is a trace context', (text) => {
  expect(isTraceparent(text)).toBe(true);
});

test.each([
  ['all zeros as trace id', `00-${'0'.repeat(32)}-${parent}-01`],
  ['all zeros as parent id', `00-${trace}-${'0'.repeat(16)}-01`],
  ['another version', `01-${trace}-${parent}-01`],
  ['upper case', `00-${trace.toUpperCase()}-${parent}-01`],
  ['more after it', `00-${trace}-${parent}-01-more`],
  ['a line break', `00-${trace}-${parent}-01\n`],
  ['a text of 1.2 million characters', 'a'.repeat(1_200_000)],
])('%s is not a trace context', (_what, text) => {
  expect(isTraceparent(text)).toBe(false);
});
