import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import {
  contextFromBytes,
  contextToBytes,
  eventFromBytes,
  eventToBytes,
  mismatchesFromBytes,
  mismatchesToBytes,
  receiptFromBytes,
  receiptToBytes,
  tagPlanFromBytes,
  tagPlanToBytes,
} from '../../proto/convert/stored.js';
import { contextArbitrary, receiptArbitrary, sequencedEventArbitrary } from './domain-arbitrary.js';
import { sampleEvents, sampleReceipt } from './domain-samples.js';

/** Bytes that are in graphs: a form that changes gets a new number, and a second sample. That of a receipt is in golden.test.ts. */
const golden = {
  queue_updated: [
    '0a360a034254430a057072696365103c1a1d0a196274635f496e64696361746f725f30313233343536375f7631100122',
    '03616e7928014801',
  ],
  queue_lifecycle: ['12280a196274635f496e64696361746f725f30313233343536375f7631120464726f701a0374746c3802'],
  sentinel_weight_updated: [
    '1a340a1c6d6f6d656e74756d3a76313a6131613161316131613161316131613111000000000000d03f1803220277312a',
    '02763138c413',
  ],
  node_status_changed: [
    '22510a47626c616b65333a30313233343536373839616263646566303132333435363738396162636465663031323334',
    '3536373839616263646566303132333435363738396162636465661206616374697665',
  ],
  context: ['0a02773110011a0a323032302d30312d3031220270302803'],
  mismatches: [
    '0a2d0a196274635f496e64696361746f725f30313233343536375f7631120a706172746974696f6e731a0131220136',
  ],
} as const;

describe('values that the graph stores as bytes', () => {
  test('a receipt is read unchanged', () => {
    fc.assert(
      fc.property(receiptArbitrary, (receipt) => {
        expect(receiptFromBytes(receiptToBytes(receipt))).toEqual(receipt);
      }),
    );
  });

  test('a receipt keeps a queue map that is too long for the wire', () => {
    const [node] = sampleReceipt.nodes;
    if (node === undefined) throw new Error('an empty sample');
    const nodes = new Array(limits.queueMapEntriesMax + 1).fill(node);
    const receipt = { ...sampleReceipt, nodes, nodeCount: nodes.length };
    expect(receiptFromBytes(receiptToBytes(receipt))).toEqual(receipt);
  });

  test('a context is read unchanged', () => {
    fc.assert(
      fc.property(contextArbitrary, (context) => {
        expect(contextFromBytes(contextToBytes(context))).toEqual(context);
      }),
    );
  });

  test('an event is read unchanged', () => {
    fc.assert(
      fc.property(sequencedEventArbitrary, ({ event }) => {
        expect(eventFromBytes(eventToBytes(event))).toEqual(event);
      }),
      { numRuns: 300 },
    );
  });

  test('mismatches and planned tags are read unchanged', () => {
    const { mismatches } = sampleReceipt;
    expect(mismatchesFromBytes(mismatchesToBytes(mismatches))).toEqual(mismatches);
    const plan = new Map(sampleReceipt.nodes.map(({ nodeId }) => [nodeId, ['btc', 'größe']]));
    expect(tagPlanFromBytes(tagPlanToBytes(plan))).toEqual(plan);
  });

  test('values that were stored earlier are read, and written, as they were', () => {
    const event = (type: keyof typeof sampleEvents) =>
      [eventToBytes(sampleEvents[type]), golden[type]] as const;
    for (const [bytes, lines] of [
      event('queue_updated'),
      event('queue_lifecycle'),
      event('sentinel_weight_updated'),
      event('node_status_changed'),
      [contextToBytes(sampleReceipt.context), golden.context],
      [mismatchesToBytes(sampleReceipt.mismatches), golden.mismatches],
    ] as const)
      expect(Buffer.from(bytes).toString('hex')).toBe(lines.join(''));
  });

  test('bytes of something else are refused', () => {
    // A field of five bytes, and none of them.
    const foreign = Uint8Array.of(0x0a, 5);
    for (const read of [
      receiptFromBytes,
      contextFromBytes,
      eventFromBytes,
      mismatchesFromBytes,
      tagPlanFromBytes,
    ])
      expect(() => read(foreign)).toThrow('premature EOF');
    expect(() => eventFromBytes(new Uint8Array())).toThrow('no usable event');
    expect(() => receiptFromBytes(new Uint8Array())).toThrow('no usable');
  });
});
