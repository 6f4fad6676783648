import { describe, expect, test } from 'vitest';
import { isControlEvent, isMismatches, isReceipt } from '../../../graph/neo4j/rows/stored-json.js';
import { sampleEvents, sampleReceipt } from '../../proto/domain-samples.js';

const roundTrip = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('values kept as JSON', () => {
  test('a receipt is recognised, and other values are not', () => {
    expect(isReceipt(roundTrip(sampleReceipt))).toBe(true);
    expect(
      [{}, null, [], { ...sampleReceipt, nodes: [1] }, { ...sampleReceipt, counts: {} }].map(isReceipt),
    ).toEqual([false, false, false, false, false]);
  });

  test.each(Object.values(sampleEvents).map((event) => [event.type, event] as const))(
    '%s is an event',
    (_type, event) => {
      expect(isControlEvent(roundTrip(event))).toBe(true);
    },
  );

  test('a value that lacks the fields of its type is not an event', () => {
    expect(
      [{}, { type: 'other' }, { type: 'queue_updated' }, { type: 'node_status_changed' }, 'text'].map(
        isControlEvent,
      ),
    ).toEqual([false, false, false, false, false]);
  });

  test('mismatches are a list of four texts each', () => {
    const one = { topic: 't', setting: 's', wanted: '1', actual: '2' };
    expect([[], [one], [{ topic: 't' }], {}].map(isMismatches)).toEqual([true, true, false, false]);
  });
});
