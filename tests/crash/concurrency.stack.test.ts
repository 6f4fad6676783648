import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openKafka } from '../../bus/kafka/open.js';
import { busTopics } from '../../domain/events/control-events.js';
import { openNeo4jGraphStore } from '../../graph/neo4j/store.js';
import { allOf } from '../all-of.js';
import { sampleNode } from '../samples.js';
import { repeatedEvents, unrecordedTopics } from '../stack/broker-checker.js';
import { NodeProcess } from '../stack/processes.js';
import { topicIn } from '../submit-whole.js';
import { CrashRig, liveDocument } from './rig.js';

const workerCount = 4;
const submissionCount = 200;

/** Numbers of sample nodes whose NodeIDs begin with the same eight digits, so both ask for the same topic name first. */
const collidingNumbers = [1_020_665, 1_098_159] as const;

let opened: CrashRig | undefined;
beforeAll(async () => {
  opened = await CrashRig.open();
});
afterAll(() => opened?.close());

function rig(): CrashRig {
  if (opened === undefined) throw new Error('the rig has not started');
  return opened;
}

/** Overlapping chains of many strategies; every fourth content occurs twice. */
function documents(): readonly Record<string, unknown>[] {
  return Array.from({ length: submissionCount }, (_, index) => {
    const content = index % 4 === 3 ? index - 1 : index;
    const nodes = 3 + (content % 17);
    return liveDocument({ nodes, strategy: `s-${content}`, first: 10 * (content % 5) });
  });
}

function collidingDocument(number: number): Record<string, unknown> {
  const node = sampleNode({ params: { number }, dependencies: [] });
  return { ...liveDocument({ nodes: 1, strategy: `collides-${number}` }), dag: { nodes: [node] }, code: [] };
}

const receiptLine = z.object({
  receipt: z.looseObject({
    submissionId: z.string(),
    nodes: z.array(z.object({ nodeId: z.string(), topic: z.string() })),
  }),
  joined: z.boolean(),
});

/** Receipts of documents that separate processes submit at the same time. */
async function submitFrom(
  processes: number,
  all: readonly Record<string, unknown>[],
): Promise<readonly z.infer<typeof receiptLine>[]> {
  const authors = Array.from({ length: processes }, (_, part) => {
    const own = all.filter((_document, index) => index % processes === part);
    const file = join(rig().stack.folder, `documents-${part}.json`);
    writeFileSync(file, JSON.stringify(own));
    return NodeProcess.script('tests/crash/submitter.ts', { ...rig().env, QMTL_TEST_DOCUMENTS: file });
  });
  await Promise.all(authors.map((author) => author.line(/^done$/)));
  return authors
    .flatMap((author) => author.output)
    .filter((line) => line.startsWith('receipt '))
    .map((line) => receiptLine.parse(JSON.parse(line.slice('receipt '.length))));
}

test('overlapping strategies of many processes, run by many workers, leave stores that agree in every point', async () => {
  await Promise.all(Array.from({ length: workerCount }, () => rig().startWorker()));
  const all = [...documents(), ...collidingNumbers.map(collidingDocument)];
  const outcomes = await submitFrom(3, all);
  expect(outcomes).toHaveLength(all.length);

  const byId = new Map<string, string>();
  for (const { receipt } of outcomes) {
    const text = JSON.stringify(receipt);
    expect(byId.get(receipt.submissionId) ?? text).toBe(text);
    byId.set(receipt.submissionId, text);
  }
  expect(byId.size).toBe((submissionCount * 3) / 4 + collidingNumbers.length);

  const topicOf = new Map<string, string>();
  for (const { nodeId, topic } of outcomes.flatMap(({ receipt }) => receipt.nodes)) {
    expect(topicOf.get(nodeId) ?? topic).toBe(topic);
    topicOf.set(nodeId, topic);
  }
  expect(new Set(topicOf.values()).size).toBe(topicOf.size);
  expect(await rig().violations()).toEqual([]);
  await expectExactRecords([...topicOf.values()]);
});

/** Nothing failed: each topic is recorded once, by the process that created it, and each event is on the bus once. */
async function expectExactRecords(topics: readonly string[]): Promise<void> {
  const brokers = [`127.0.0.1:${rig().kafkaProxy.port}`];
  const kafka = await openKafka({ brokers, clientId: 'check', now: Date.now, mayCreate: false });
  const history = await allOf(kafka.topics.history());
  await kafka.close();
  expect(unrecordedTopics(history, topics)).toEqual([]);
  expect(history.filter(({ outcome }) => outcome === 'unknown')).toEqual([]);
  const plain = new Kafka({ brokers, clientId: 'check', logLevel: logLevel.NOTHING });
  expect(await repeatedEvents(plain, [...new Set(Object.values(busTopics))])).toEqual([]);
}

test('a submission waits for a queue that is being collected, and then creates its next generation', async () => {
  const { receipt } = await (await rig().submit({ nodes: 2, strategy: 'first', first: 5_000 })).receipt();
  const [wanted] = receipt.nodes;
  const topic = topicIn(wanted);
  const graph = await openNeo4jGraphStore(rig().stack.neo4j);
  await graph.retireVersion(receipt.sentinelId, Date.now());
  expect(await graph.drainQueue(topic, Date.now())).toBe('draining');
  const waiting = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      rig().submit({ nodes: 2, strategy: `waits-${index}`, first: 5_000 }),
    ),
  );
  const [first] = waiting;
  for (let told = ''; told === ''; ) told = (await first?.progress())?.retrying?.reason ?? '';
  expect((await first?.progress())?.retrying?.reason).toContain('E_CONTENDED');

  // What a collector does once the queue is unused.
  const kafka = new Kafka({ brokers: [`127.0.0.1:${rig().kafkaProxy.port}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  expect(await graph.collectQueue(topic, Date.now())).toBe('collected');
  await graph.close();

  const receipts = await Promise.all(waiting.map(async (handle) => (await handle.receipt()).receipt));
  const classes = receipts.map(({ nodes }) => nodes.find(({ nodeId }) => nodeId === wanted?.nodeId)?.diff);
  expect(classes.filter((diff) => diff === 'new')).toHaveLength(1);
  expect(new Set(receipts.map(({ nodes }) => nodes[0]?.topic))).toEqual(new Set([`${topic}_g2`]));
  expect(await rig().violations()).toEqual([]);
});
