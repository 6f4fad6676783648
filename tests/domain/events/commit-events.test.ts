import { expect, test } from 'vitest';
import { branded, isNodeId } from '../../../domain/base/ids.js';
import { commitEvents } from '../../../domain/events/commit-events.js';

const [first, second, third] = ['a', 'b', 'c'].map((hex) => branded(`blake3:${hex.repeat(64)}`, isNodeId));
if (first === undefined || second === undefined || third === undefined) throw new Error('no ids');

test('a commit that changed nothing has no events', () => {
  expect(commitEvents({ activated: [], buffering: [] })).toEqual([]);
});

test('a commit has one event for each of its nodes, with its status', () => {
  expect(commitEvents({ activated: [first, second], buffering: [third] })).toEqual([
    { type: 'node_status_changed', nodeId: first, status: 'active' },
    { type: 'node_status_changed', nodeId: second, status: 'active' },
    { type: 'node_status_changed', nodeId: third, status: 'buffering' },
  ]);
});
