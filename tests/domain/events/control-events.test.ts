import { describe, expect, test } from 'vitest';
import { blake3Hex } from '../../../domain/base/blake3.js';
import { branded, isNodeId, isSentinelId, isTopicName, isWorldId } from '../../../domain/base/ids.js';
import {
  busTopics,
  type ControlEvent,
  eventEtag,
  eventKey,
  idempotencyKey,
  type QueueUpdated,
  stateHash,
} from '../../../domain/events/control-events.js';
import { points } from '../../samples.js';

const hex = 'ab'.repeat(32);
const topic = branded('btc_Indicator_abcdef12_v1', isTopicName);

const queueUpdated: QueueUpdated = {
  type: 'queue_updated',
  tags: ['BTC', 'price'],
  interval: 60,
  matchMode: 'any',
  queues: [{ queue: topic, global: false }],
  truncated: false,
  version: 1,
};

/** Event, bus topic, key, etag, idempotency key with seq 9 (docs/spec/events.md#etags-and-idempotency-keys). */
const forms: [event: ControlEvent, topic: string, key: string, etag: string, idempotency: string][] = [
  [queueUpdated, 'queue', 'BTC,price', 'q:BTC.price:60:1', 'queue_updated:BTC.price:60:any:1'],
  [
    { ...queueUpdated, matchMode: 'all', interval: 0, version: 12 },
    'queue',
    'BTC,price',
    'q:BTC.price:0:12',
    'queue_updated:BTC.price:0:all:12',
  ],
  [
    { type: 'queue_lifecycle', queue: topic, action: 'archive', reason: 'unreferenced', version: 4 },
    'queue',
    'btc_Indicator_abcdef12_v1',
    'ql:btc_Indicator_abcdef12_v1:archive:unreferenced:4',
    'queue_lifecycle:btc_Indicator_abcdef12_v1:archive:4',
  ],
  [
    {
      type: 'sentinel_weight_updated',
      sentinelId: branded('momentum:v1:0123456789abcdef', isSentinelId),
      sentinelVersion: 'v1',
      weightBp: points(1_000),
      worldId: branded('w1', isWorldId),
      version: 3,
    },
    'sentinel_weight',
    'momentum:v1:0123456789abcdef',
    'sw:momentum:v1:0123456789abcdef:v1:0.100000:3',
    'sentinel_weight_updated:momentum:v1:0123456789abcdef:3',
  ],
  [
    { type: 'node_status_changed', nodeId: branded(`blake3:${hex}`, isNodeId), status: 'buffering' },
    'node.status.change',
    `blake3:${hex}`,
    `ns:blake3:${hex}:buffering`,
    `node_status_changed:blake3:${hex}:9`,
  ],
];

describe.each(forms)('the event $type', (event, bus, key, etag, idempotency) => {
  test('an event has the topic, the key, the etag and the idempotency key of docs/spec/events.md', () => {
    expect(busTopics[event.type]).toBe(bus);
    expect(eventKey(event)).toBe(key);
    expect(eventEtag(event)).toBe(etag);
    expect(idempotencyKey(event, 9n)).toBe(idempotency);
  });
});

describe('the state hash', () => {
  test('the state hash is BLAKE3 over the canonical JSON, 32 hex digits', () => {
    const text =
      '{"interval":60,"matchMode":"any","queues":[{"global":false,"queue":"btc_Indicator_abcdef12_v1"}],"tags":["BTC","price"],"truncated":false,"type":"queue_updated","version":1}';
    expect(stateHash(queueUpdated)).toBe('883f45792507d00a39cd530922a69633');
    expect(blake3Hex(text, 16)).toBe('883f45792507d00a39cd530922a69633');
  });

  test('the state hash changes with the content', () => {
    const hashes = forms.map(([event]) => stateHash(event));
    expect(new Set(hashes).size).toBe(forms.length);
  });
});
