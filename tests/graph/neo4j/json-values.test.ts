import { describe, expect, test } from 'vitest';
import {
  isJsonDag,
  isJsonEvent,
  isJsonMismatches,
  isJsonReceipt,
} from '../../../graph/neo4j/schema/json-values.js';
import { sampleEvents, sampleNodeSpec, sampleReceipt } from '../../proto/domain-samples.js';

const roundTrip = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('values that earlier releases stored as JSON', () => {
  test('a receipt is recognised, and other values are not', () => {
    const { outputs: _later, ...receipt } = sampleReceipt;
    expect(isJsonReceipt(roundTrip(receipt))).toBe(true);
    expect([{}, null, [], { ...receipt, nodes: [1] }, { ...receipt, counts: {} }].map(isJsonReceipt)).toEqual(
      [false, false, false, false, false],
    );
  });

  test('the events that were written are recognised, and other values are not', () => {
    const { queue_updated: updated, node_status_changed: changed } = sampleEvents;
    expect([updated, changed].map(roundTrip).map(isJsonEvent)).toEqual([true, true]);
    const others = [{}, 'text', { type: 'other' }, { type: 'queue_updated' }, { ...updated, queues: [1] }];
    expect(others.map(isJsonEvent)).toEqual(others.map(() => false));
    expect(isJsonEvent({ type: 'node_status_changed' })).toBe(false);
  });

  test('a DAG is recognised, and other values are not', () => {
    const dag = { nodes: [sampleNodeSpec] };
    expect(isJsonDag(roundTrip(dag))).toBe(true);
    const others = [{}, { nodes: [1] }, { nodes: [{ ...sampleNodeSpec, tags: 'a' }] }];
    expect(others.map(isJsonDag)).toEqual([false, false, false]);
    expect(isJsonDag({ nodes: [{ ...sampleNodeSpec, name: 5 }] })).toBe(false);
  });

  test('mismatches are a list of four texts each', () => {
    const one = { topic: 't', setting: 's', wanted: '1', actual: '2' };
    expect([[], [one], [{ topic: 't' }], {}].map(isJsonMismatches)).toEqual([true, true, false, false]);
  });
});
