import { describe, expect, test } from 'vitest';
import {
  accept,
  lastingGaps,
  noGaps,
  noteGap,
  openGate,
  resumeAfter,
} from '../../../domain/events/sequence-gate.js';

describe('a gap', () => {
  const waiting = noteGap(noGaps, 's', true, 1_000);

  test('a gap lasts from when it was first seen, however often it is seen again', () => {
    const seenAgain = noteGap(waiting, 's', true, 3_500);
    expect(lastingGaps(seenAgain, 3_999, 3_000)).toEqual([]);
    expect(lastingGaps(seenAgain, 4_000, 3_000)).toEqual(['s']);
  });

  test('a closed gap is forgotten, and the next one is timed from its own beginning', () => {
    const next = noteGap(noteGap(waiting, 's', false, 2_000), 's', true, 3_000);
    expect(lastingGaps(next, 5_999, 3_000)).toEqual([]);
    expect(lastingGaps(next, 6_000, 3_000)).toEqual(['s']);
  });

  test('a gap of one stream does not affect another', () => {
    const both = noteGap(noteGap(waiting, 'b', true, 2_000), 'a', true, 1_500);
    expect(lastingGaps(both, 4_500, 3_000)).toEqual(['a', 's']);
  });

  test('a gap that lasted is closed by a snapshot of the stream', () => {
    const ahead = accept(openGate<string>(), 's', 3n, 'three', 10);
    const watch = noteGap(noGaps, 's', ahead.gap, 0);
    expect(lastingGaps(watch, 3_000, 3_000)).toEqual(['s']);
    const resumed = resumeAfter(ahead.gate, 's', 2n);
    expect(resumed.apply).toEqual(['three']);
    expect(lastingGaps(noteGap(watch, 's', resumed.gap, 3_000), 9_000, 3_000)).toEqual([]);
  });
});
