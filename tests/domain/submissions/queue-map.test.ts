import { describe, expect, test } from 'vitest';
import { limits } from '../../../domain/base/limits.js';
import { countTagsAdded, isShortQueueMap, topicsOf } from '../../../domain/submissions/queue-map.js';
import { planRegistration } from '../../../domain/submissions/registration.js';
import type { ReceiptNode } from '../../../domain/submissions/submission.js';
import { sampleSubmission } from '../../samples.js';
import { registrationOf } from '../../submit-whole.js';

const nothing = { nodes: new Map(), queues: new Map() };

function queueMapOf(nodes: number): readonly ReceiptNode[] {
  const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
  const request = registrationOf(sampleSubmission({ nodes: nodes - 1, tagQuery }));
  const plan = planRegistration(request.submission, request.namespace, nothing, () => undefined);
  if (plan.kind !== 'plan') throw new Error(plan.kind);
  return plan.queueMap;
}

const tagging = (entry: ReceiptNode, tagsAdded: readonly string[]): ReceiptNode => ({ ...entry, tagsAdded });

describe('a queue map', () => {
  test('every node but a query has a topic', () => {
    const queueMap = queueMapOf(5);
    expect(queueMap).toHaveLength(5);
    expect(topicsOf(queueMap).size).toBe(4);
  });

  test('a queue map travels with its receipt up to its limit of entries', () => {
    expect(isShortQueueMap(queueMapOf(limits.queueMapEntriesMax))).toBe(true);
    expect(isShortQueueMap(queueMapOf(limits.queueMapEntriesMax + 1))).toBe(false);
  });

  test('a queue map travels with its receipt up to its limit of tags', () => {
    const [one, two] = queueMapOf(3);
    if (one === undefined || two === undefined) throw new Error('too few');
    const half = 'x'.repeat(limits.queueMapTagUnitsMax / 2);
    expect(isShortQueueMap([tagging(one, [half]), tagging(two, [half])])).toBe(true);
    expect(isShortQueueMap([tagging(one, [half]), tagging(two, [half, 'y'])])).toBe(false);
  });

  test('the tags of all entries are counted, and without any there is nothing to say', () => {
    const [one, two] = queueMapOf(3);
    if (one === undefined || two === undefined) throw new Error('too few');
    expect(countTagsAdded([one, two])).toEqual({});
    expect(countTagsAdded([tagging(one, ['a', 'b']), tagging(two, ['a'])])).toEqual({ tagsAdded: 3 });
  });
});
