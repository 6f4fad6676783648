import { expect, test } from 'vitest';
import { KeptConstants, tokensKeptMax } from '../../../sdk/realm/kept-constants.js';
import type { ComputedConstants } from '../../../sdk/realm/messages.js';

const ofSize = (tokens: number): ComputedConstants => ({
  kind: 'computed',
  values: [
    {
      shape: Array.from({ length: tokens - 2 }, () => 1),
      hidden: [[{ source: { kind: 'other' }, variables: [[2]] }]],
    },
  ],
  shared: [],
  renewed: [],
});

test('the newest answers are kept, up to tokensKeptMax tokens', () => {
  expect(tokensKeptMax).toBe(2_000_000);
  const kept = new KeptConstants(10);
  const [one, two, three] = [ofSize(4), ofSize(4), ofSize(4)];
  kept.keep('one', one);
  kept.keep('two', two);
  expect(kept.of('one')).toBe(one);
  kept.keep('three', three);
  expect(kept.of('two')).toBeUndefined();
  expect(kept.of('one')).toBe(one);
  expect(kept.of('three')).toBe(three);
});

test('neither one that is too large nor a failure is kept', () => {
  const kept = new KeptConstants(10);
  kept.keep('large', ofSize(11));
  kept.keep('failed', { kind: 'failed', thrown: 'RangeError', places: [] });
  expect(kept.of('large')).toBeUndefined();
  expect(kept.of('failed')).toBeUndefined();
  kept.keep('full', ofSize(10));
  expect(kept.of('full')).toBeDefined();
});
