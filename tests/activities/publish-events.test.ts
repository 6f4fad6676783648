import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { createPublishActivities } from '../../activities/publish-events.js';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryControlBus } from '../../bus/memory/control-bus.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { SubmissionId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import type { ControlBus } from '../../domain/ports/control-bus.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { RedriveAction, RedriveRequestSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { sampleSubmission } from '../samples.js';
import { sampleTime, submitWhole } from '../submit-whole.js';

interface Replaced {
  readonly bus?: Partial<ControlBus>;
  readonly graph?: (graph: GraphStore) => Partial<GraphStore>;
  readonly cancelled?: () => boolean;
}

/** The activities over stores in memory. Their clock moves with every pause. */
function openActivities({ bus = {}, graph: replace, cancelled = () => false }: Replaced = {}) {
  const store = memoryGraphStore();
  const graph = { ...store, ...replace?.(store) };
  let now = sampleTime;
  const announced: SubmissionId[] = [];
  const woken: number[] = [];
  const beats: number[] = [];
  const pass = (ms: number) => {
    now += ms;
  };
  const activities = createPublishActivities({
    graph,
    bus: { ...memoryControlBus(new MemoryBroker(), () => now), ...bus },
    signals: {
      wakePublisher: async () => void woken.push(now),
      announced: async (submissionId) => void announced.push(submissionId),
    },
    now: () => now,
    sleep: async (ms) => {
      if (cancelled()) throw new QmtlError('E_INTERNAL', 'cancelled');
      now += ms;
    },
    heartbeat: ({ published }) => void beats.push(published),
  });
  return { graph: store, activities, announced, woken, beats, pass };
}

describe('a round of the publisher', () => {
  test.each([
    [limits.outboxBatchMax - 1, [limits.outboxBatchMax - 1, 1]],
    [limits.outboxBatchMax, [limits.outboxBatchMax, 1]],
  ])('the events of %i nodes are published in batches of %j', async (nodes, sizes) => {
    const batches: number[] = [];
    const { graph, activities } = openActivities({
      bus: {
        publish: async (events) => {
          batches.push(events.length);
          return [];
        },
      },
    });
    // One event per node, and one for the set of their tags.
    await submitWhole(graph, sampleSubmission({ nodes }));
    expect(await activities.publishEvents()).toMatchObject({ published: nodes + 1, parked: 0, more: false });
    expect(batches).toEqual(sizes);
    expect((await graph.totals()).outboxDepth).toBe(0);
    expect(await activities.publishEvents()).toMatchObject({ published: 0, more: false });
  });

  test('a failed publish keeps the events with their places in their streams', async () => {
    const seqs: bigint[][] = [];
    let failures = 1;
    const { graph, activities } = openActivities({
      bus: {
        publish: async (events) => {
          seqs.push(events.map(({ seq }) => seq));
          failures -= 1;
          if (failures >= 0) throw new QmtlError('E_BROKER_UNAVAILABLE', 'away');
          return [];
        },
      },
    });
    await submitWhole(graph, sampleSubmission({ nodes: 3 }));
    await expect(activities.publishEvents()).rejects.toMatchObject({ type: 'E_BROKER_UNAVAILABLE' });
    expect(await activities.publishEvents()).toMatchObject({ published: 4 });
    expect(seqs[1]).toEqual(seqs[0]);
  });

  test('while the bus is away no set is announced, so its changes stay one announcement', async () => {
    let isAway = true;
    const sent: string[] = [];
    const { graph, activities } = openActivities({
      bus: {
        publish: async (events) => {
          if (isAway) throw new QmtlError('E_BROKER_UNAVAILABLE', 'away');
          sent.push(...events.map(({ event }) => event.type));
          return [];
        },
      },
    });
    for (const [index, strategy] of ['a', 'b', 'c'].entries()) {
      await submitWhole(graph, sampleSubmission({ nodes: 1, first: 10 * index, strategy }));
      await expect(activities.publishEvents()).rejects.toMatchObject({ type: 'E_BROKER_UNAVAILABLE' });
    }
    isAway = false;
    await activities.publishEvents();
    expect(sent.filter((type) => type === 'queue_updated')).toHaveLength(1);
  });

  test('an event that the bus refuses is parked, and the others are sent', async () => {
    const sent: string[] = [];
    const { graph, activities, announced } = openActivities({
      bus: {
        publish: async (events) => {
          const bad = events.filter((_event, index) => sent.length + index === 0);
          sent.push(...events.map(({ id }) => id));
          return bad.map(({ id }) => ({ id, reason: 'too large' }));
        },
      },
    });
    const { submissionId } = await submitWhole(graph, sampleSubmission({ nodes: 3 }));
    expect(await activities.publishEvents()).toMatchObject({ published: 3, parked: 1 });
    expect(await graph.totals()).toMatchObject({ outboxDepth: 0, outboxParked: 1 });
    expect(announced).toEqual([submissionId]);
  });

  test('every submission is signalled once all of its events are sent, and not before', async () => {
    const { graph, activities, announced } = openActivities();
    const ids: SubmissionId[] = [];
    for (const [index, strategy] of ['a', 'b', 'c'].entries()) {
      const receipt = await submitWhole(graph, sampleSubmission({ nodes: 1, first: 10 * index, strategy }));
      ids.push(receipt.submissionId);
    }
    await activities.publishEvents();
    expect([...announced].sort()).toEqual([...ids].sort());
  });

  test('a set that may not be announced yet is waited for', async () => {
    const { graph, activities } = openActivities();
    await submitWhole(graph, sampleSubmission({ nodes: 1, strategy: 'a' }));
    await activities.publishEvents();
    await submitWhole(graph, sampleSubmission({ nodes: 1, first: 10, strategy: 'b' }));
    expect(await activities.publishEvents()).toMatchObject({ published: 2, more: false });
    expect((await graph.totals()).outboxDepth).toBe(0);
  });

  test('a round that takes long ends with more to do', async () => {
    const opened = openActivities({
      bus: {
        publish: async () => {
          opened.pass(20_000);
          return [];
        },
      },
    });
    await submitWhole(opened.graph, sampleSubmission({ nodes: 2 * limits.outboxBatchMax }));
    expect(await opened.activities.publishEvents()).toMatchObject({ more: true });
    expect(await opened.activities.publishEvents()).toMatchObject({ more: false });
  });

  test('a transaction that takes too long is tried with half of the sets, down to one', async () => {
    const sizes: number[] = [];
    const { graph, activities } = openActivities({
      graph: (store) => ({
        announceSets: async (fence, setsMax, at) => {
          sizes.push(setsMax);
          if (setsMax > 12) throw new QmtlError('E_GRAPH_UNAVAILABLE', 'too slow');
          return store.announceSets(fence, setsMax, at);
        },
      }),
    });
    await submitWhole(graph, sampleSubmission({ nodes: 1 }));
    expect(await activities.publishEvents()).toMatchObject({ published: 2 });
    expect(sizes.slice(0, 3)).toEqual([limits.setsBatchMax, 25, 12]);
  });

  test('a graph that is away fails the round in the end', async () => {
    const sizes: number[] = [];
    const { activities } = openActivities({
      graph: () => ({
        takeActivations: async (_fence, activationsMax) => {
          sizes.push(activationsMax);
          throw new QmtlError('E_GRAPH_UNAVAILABLE', 'away');
        },
      }),
    });
    await expect(activities.publishEvents()).rejects.toMatchObject({ type: 'E_GRAPH_UNAVAILABLE' });
    expect(sizes).toEqual([limits.activationsBatchMax, 100, 50, 25, 12, 6, 3, 1]);
  });

  test('a cancelled round sends no further batch', async () => {
    let batches = 0;
    const { graph, activities } = openActivities({
      cancelled: () => batches > 0,
      bus: {
        publish: async () => {
          batches += 1;
          return [];
        },
      },
    });
    await submitWhole(graph, sampleSubmission({ nodes: 2 * limits.outboxBatchMax }));
    await expect(activities.publishEvents()).rejects.toThrow('cancelled');
    expect(batches).toBe(1);
  });
});

describe('decisions about parked events', () => {
  async function withParked() {
    let refuses = true;
    const opened = openActivities({
      bus: { publish: async (events) => (refuses ? events.map(({ id }) => ({ id, reason: 'no' })) : []) },
    });
    await submitWhole(opened.graph, sampleSubmission({ nodes: 1 }));
    await opened.activities.publishEvents();
    refuses = false;
    const eventIds = (await opened.graph.parkedEvents({ itemsMax: 10 })).items.map(({ id }) => id);
    return { ...opened, eventIds };
  }

  test('parked events are sent again', async () => {
    const { activities, eventIds } = await withParked();
    const request = create(RedriveRequestSchema, { eventIds, action: RedriveAction.RETRY });
    expect(await activities.redriveEvents(request)).toMatchObject({ eventIds });
    expect(await activities.publishEvents()).toMatchObject({ published: eventIds.length });
  });

  test('parked events are dropped', async () => {
    const { activities, graph, eventIds } = await withParked();
    const request = create(RedriveRequestSchema, { eventIds, action: RedriveAction.DROP });
    expect(await activities.redriveEvents(request)).toMatchObject({ eventIds });
    expect(await graph.totals()).toMatchObject({ outboxDepth: 0, outboxParked: 0 });
  });

  test('a decision without an action, or about too many events, is refused', async () => {
    const { activities, eventIds } = await withParked();
    await expect(activities.redriveEvents(create(RedriveRequestSchema, { eventIds }))).rejects.toMatchObject({
      type: 'E_USAGE',
    });
    const many = Array.from({ length: limits.redriveIdsMax + 1 }, (_, index) => `e/${index}`);
    const request = create(RedriveRequestSchema, { eventIds: many, action: RedriveAction.DROP });
    await expect(activities.redriveEvents(request)).rejects.toMatchObject({ type: 'E_LIMIT_EXCEEDED' });
  });
});

test('the safety net wakes the publisher only when something waits', async () => {
  const { graph, activities, woken } = openActivities();
  await activities.wakeIfWaiting();
  expect(woken).toEqual([]);
  await submitWhole(graph, sampleSubmission({ nodes: 1 }));
  await activities.wakeIfWaiting();
  expect(woken).toHaveLength(1);
});
