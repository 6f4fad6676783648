import { describe, expect, test } from 'vitest';
import { fromCypher, toCypher } from '../../../graph/neo4j/driver/cypher-value.js';
import {
  maybeStored,
  readMismatches,
  readStored,
  storedContext,
  storedEvent,
  storedReceipt,
  storedTagPlan,
  toStored,
  toStoredMismatches,
} from '../../../graph/neo4j/rows/stored-form.js';
import { sampleEvents, sampleReceipt } from '../../proto/domain-samples.js';

/** As the server returns what it was sent. */
const row = (value: Uint8Array | null) => ({ value: fromCypher(toCypher(value)) });
const plan = new Map(sampleReceipt.nodes.map(({ nodeId }) => [nodeId, ['a', 'b']]));

describe('values that are stored as bytes', () => {
  test('a value is read from the row as it was written', () => {
    expect(readStored(storedReceipt, row(toStored(storedReceipt, sampleReceipt)), 'value', 'it')).toEqual(
      sampleReceipt,
    );
    const { context } = sampleReceipt;
    expect(readStored(storedContext, row(toStored(storedContext, context)), 'value', 'it')).toEqual(context);
    expect(readStored(storedTagPlan, row(toStored(storedTagPlan, plan)), 'value', 'it')).toEqual(plan);
    for (const event of Object.values(sampleEvents))
      expect(readStored(storedEvent, row(toStored(storedEvent, event)), 'value', 'it')).toEqual(event);
  });

  test('without mismatches there is no property', () => {
    expect(toStoredMismatches([])).toBeNull();
    expect(readMismatches(row(null), 'value', 'it')).toEqual([]);
    const { mismatches } = sampleReceipt;
    expect(readMismatches(row(toStoredMismatches(mismatches)), 'value', 'it')).toEqual(mismatches);
  });

  test.each([
    ['the receipt', toStored(storedReceipt, sampleReceipt)],
    ['the context', toStored(storedContext, sampleReceipt.context)],
    ['planned tags', toStored(storedTagPlan, plan)],
    ['mismatches', toStoredMismatches(sampleReceipt.mismatches)],
    ['an event', toStored(storedEvent, sampleEvents.queue_updated)],
  ])('%s begins with the number of its form', (_what, stored) => {
    expect(stored?.[0]).toBe(1);
  });

  const receipt = toStored(storedReceipt, sampleReceipt);
  test.each<[string, unknown, string]>([
    [
      'of a form that comes later',
      Uint8Array.of(2, ...receipt.subarray(1)),
      'has form 2, and this release reads form 1',
    ],
    ['without a byte', new Uint8Array(), 'has form undefined, and this release reads form 1'],
    ['with bytes of something else', Uint8Array.of(1, 0xff, 0xff), 'has bytes that are not of its form'],
    ['with a message that lacks its fields', Uint8Array.of(1), 'has bytes that are not of its form'],
    ['that is text', '{"submissionId":"x"}', 'is text, as earlier releases wrote it, and was not migrated'],
    ['that is a number', 5, 'is not bytes, but of type number'],
    ['that is not there', undefined, 'is not bytes, but of type undefined'],
  ])('a receipt %s is an error that names the row', (_what, value, reason) => {
    expect(() => readStored(storedReceipt, { value }, 'value', 'submission s')).toThrow(
      expect.objectContaining({
        code: 'E_INTERNAL',
        message: `in the graph, the receipt of submission s ${reason}`,
        hint: expect.stringContaining('a newer release'),
      }),
    );
  });

  test('an absent value may be absent, and any other is checked', () => {
    expect(maybeStored(storedReceipt, {}, 'value', 'it')).toBeUndefined();
    expect(maybeStored(storedReceipt, { value: null }, 'value', 'it')).toBeUndefined();
    expect(() => maybeStored(storedReceipt, { value: '' }, 'value', 'it')).toThrow('is text');
  });
});
