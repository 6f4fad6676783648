import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { makeDagDocument } from '../../bench/dag-samples.js';
import { benchDocument, fillGraph, parsed } from '../../bench/stack/fill-graph.js';
import { publisherOf } from '../../bench/stack/publisher.js';
import { limits } from '../../domain/base/limits.js';
import { isQuery } from '../../domain/dag/dag.js';
import { busTopics } from '../../domain/events/control-events.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { classifyTopic, topicSettings } from '../../domain/topics/topic.js';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { memoryStores, type Stores } from '../../workers/stores/stores.js';
import { allOf } from '../all-of.js';
import { Installations } from '../bus/kafka-installation.js';
import { driver, openStore } from '../graph/neo4j-fixture.js';
import { type ActivityHooks, openPlane, openServerEnvironment } from '../workflows/harness.js';

/** `npm run test:size` takes the promised sizes; the stack tier takes a sample, large enough for what is done in parts. */
const scale =
  process.env.QMTL_SIZE === 'full'
    ? { graphNodes: 50_000, nodes: limits.dagNodesMax, testMs: 900_000 }
    : { graphNodes: 0, nodes: 3_000, testMs: 120_000 };

const installations = new Installations();
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await openServerEnvironment(inject('engines').temporal.address);
  await migrate(driver);
  const graph = await openStore();
  await fillGraph(graph, scale.graphNodes);
  // What the filling has to announce is not part of what is measured.
  const { publishEvents } = publisherOf({ graph, bus: memoryStores(Date.now).bus });
  while ((await publishEvents()).more);
}, scale.testMs);

afterAll(async () => {
  await env.teardown();
  await installations.end();
}, scale.testMs);

/** A submission in which no other has a node. */
function newSubmission(nodes: number) {
  const seed = 1 + Math.floor(Math.random() * 2 ** 31);
  return parsed(benchDocument(`size-${seed}`, makeDagDocument({ nodes, seed })));
}

interface StepCount {
  begun: number;
  done: number;
  /** Milliseconds from the first beginning to the last end. */
  from: number;
  to: number;
}

/** Attempts of activities, and how many of them ended well. */
function counted() {
  const steps = new Map<string, StepCount>();
  const of = (name: string) => {
    const found = steps.get(name) ?? { begun: 0, done: 0, from: performance.now(), to: 0 };
    steps.set(name, found);
    return found;
  };
  const hooks: ActivityHooks = {
    before: (name) => {
      of(name).begun += 1;
    },
    after: (name) => {
      of(name).done += 1;
      of(name).to = performance.now();
    },
  };
  const failed = () => [...steps].filter(([, { begun, done }]) => begun !== done);
  const report = () =>
    [...steps]
      .map(([name, { begun, from, to }]) => `${name} ×${begun} within ${seconds(to - from)}`)
      .join(', ');
  return { hooks, failed, report };
}

/** Takes a new submission from the client to its announcement, and returns what its subscribers got. */
async function goesThrough(graph: GraphStore, rest: Omit<Stores, 'graph' | 'close'>, nodes: number) {
  const { topics, bus, log } = rest;
  const plane = openPlane(env, { graph, topics, bus, log });
  const copies = new Map<string, number>();
  const subscription = await bus.subscribe([...new Set(Object.values(busTopics))], async ({ id }) => {
    copies.set(id, (copies.get(id) ?? 0) + 1);
  });
  const { hooks, failed, report } = counted();
  const worker = await plane.startWorker(hooks);
  const submission = newSubmission(nodes);
  const started = performance.now();
  const submitted = plane.submit(submission);
  await submitted.accepted();
  const acceptedAt = performance.now();
  const { receipt } = await submitted.result();
  const ended = performance.now();
  await worker.stop();
  console.log(
    `${submission.dag.nodes.length} new nodes: registered after ${seconds(acceptedAt - started)}, receipt after ${seconds(ended - started)}; ${report()}`,
  );
  // Its own events, of every node that is not a query, are on the bus; they reach a subscriber a moment later.
  const own = () => [...copies].filter(([id]) => id.startsWith(submission.submissionId));
  await expect.poll(() => own().length, { timeout: 60_000 }).toBe(streamsOf(submission));
  await subscription.close();
  const repeated = [...copies].filter(([, count]) => count > 1);
  return { submission, receipt, failed: failed(), repeated };
}

function streamsOf({ dag }: Submission): number {
  return dag.nodes.filter((node) => !isQuery(node)).length;
}

function countsOf({ dag }: Submission) {
  return { reuse: 0, buffering: 0, new: dag.nodes.length };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Partition replicas of the topics of a sample on one broker. */
function replicasOfSample(nodes: number): number {
  return makeDagDocument({ nodes }).nodes.reduce(
    (sum, { node_type }) => sum + topicSettings[classifyTopic(node_type)].partitions,
    0,
  );
}

/** The largest sample, up to the scale, whose topics fit. */
function nodesThatFit(free: number): number {
  let nodes = scale.nodes;
  while (replicasOfSample(nodes) > free) nodes -= 100;
  return nodes;
}

test(
  `${scale.nodes} new nodes go through the real graph without a failed attempt`,
  async () => {
    const graph = await openStore();
    const { submission, ...went } = await goesThrough(graph, memoryStores(Date.now), scale.nodes);
    expect(went).toMatchObject({ failed: [], repeated: [], receipt: { counts: countsOf(submission) } });
  },
  scale.testMs,
);

test(
  'the largest submission that fits on the real brokers goes through without a failed attempt, and every topic is recorded as done',
  async () => {
    const { replicasMax = limits.brokerReplicasMax } = inject('engines').kafka;
    const kafka = await installations.fresh({ replicasPerBrokerMax: replicasMax });
    const { held, most } = await kafka.topics.room([]);
    const nodes = nodesThatFit(most - held);
    const graph = await openStore();
    const { submission, ...went } = await goesThrough(graph, kafka, nodes);
    expect(went).toMatchObject({ failed: [], repeated: [], receipt: { counts: countsOf(submission) } });
    const history = (await allOf(kafka.topics.history())).filter(({ reason }) =>
      reason.includes(submission.submissionId),
    );
    expect(history.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect((await kafka.topics.list()).length).toBeGreaterThanOrEqual(history.length);
    expect(history.length).toBeGreaterThan(0.95 * nodes);
  },
  scale.testMs,
);

test(
  'a submission that does not fit on the real brokers is refused before anything is written, with the number that fits',
  async () => {
    const kafka = await installations.fresh();
    const now = await kafka.topics.room([]);
    const room = replicasOfSample(scale.nodes) - 500;
    const poor = await installations.again(kafka.prefix, { replicasPerBrokerMax: now.held + room });
    const graph = await openStore();
    const before = await graph.totals();
    const plane = openPlane(env, { graph, topics: poor.topics, bus: poor.bus, log: poor.log });
    const worker = await plane.startWorker();
    await expect(plane.submit(newSubmission(scale.nodes)).accepted()).rejects.toMatchObject({
      problems: [
        {
          code: 'E_TOPIC_REJECTED',
          path: '/dag/nodes',
          message: expect.stringContaining(`so ${room} more fit`),
        },
      ],
    });
    await worker.stop();
    expect(await graph.totals()).toEqual(before);
    expect((await poor.topics.room([])).held).toBe(now.held);
  },
  scale.testMs,
);
