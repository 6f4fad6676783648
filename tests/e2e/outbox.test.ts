import { describe, expect, test } from 'vitest';
import { announcedEvents } from '../announced-events.js';
import { run } from '../cli/fake-io.js';
import { sampleSubmission } from '../samples.js';
import { submitWhole } from '../submit-whole.js';
import { controlPlane } from './control-plane.js';

const plane = controlPlane();

function command(...args: string[]) {
  return run(['outbox', ...args], plane().options);
}

async function answer(...args: string[]) {
  const { exitCode, out, err } = await command(...args, '--output', 'json');
  if (exitCode !== 0) throw new Error(err);
  return JSON.parse(out);
}

/** Commits a submission whose events the bus refused. Returns the ids of the events. */
async function park(strategy: string): Promise<readonly string[]> {
  const { graph } = plane().plane.stores;
  await submitWhole(graph, sampleSubmission({ nodes: 1, strategy, world: strategy }));
  const { fence, events } = await announcedEvents(graph);
  const refused = events.map(({ id }) => ({ id, reason: 'a record is larger than the broker allows' }));
  await graph.parkEvents(fence, refused, Date.now());
  return refused.map(({ id }) => id);
}

describe('qmtl outbox', () => {
  test('nothing is parked at first', async () => {
    expect(await answer('list')).toEqual({});
    expect((await command('list')).out).toContain('no event is parked');
  });

  test('parked events are listed with their reason, sent again, and dropped', async () => {
    const { graph } = plane().plane.stores;
    const ids = await park('parked');
    const listed = await answer('list');
    expect(listed.events.map(({ id }: { id: string }) => id)).toEqual([...ids].sort());
    expect(listed.events[0]).toMatchObject({
      reason: 'a record is larger than the broker allows',
      stream: expect.stringMatching(/^(queue|node\.status\.change)\|/),
    });
    const [first = '', second = ''] = ids;
    expect((await command('list')).out).toContain('a record is larger than');
    expect(await answer('retry', first)).toEqual({ sent_again: [first], not_parked: [] });
    await expect.poll(async () => (await graph.totals()).outboxDepth).toBe(0);
    expect(await answer('drop', second, first)).toEqual({ dropped: [second], not_parked: [first] });
    expect((await graph.totals()).outboxParked).toBe(ids.length - 2);
  });

  test('a decision about unknown events fails, and says where ids come from', async () => {
    const { exitCode, err } = await command('drop', 'unknown/1');
    expect(exitCode).not.toBe(0);
    expect(err).toContain('none of these events is parked');
    expect(err).toContain('qmtl outbox list');
  });
});
