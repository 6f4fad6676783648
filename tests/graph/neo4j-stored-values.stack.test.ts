import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { migrate } from '../../graph/neo4j/schema/migrations.js';
import { sendEverything } from '../announced-events.js';
import { sampleSubmission, withTags } from '../samples.js';
import { graphViolations } from '../stack/graph-checker.js';
import { registrationOf, submitWhole, verifyAll } from '../submit-whole.js';
import { toJsonValues } from './earlier-values.js';
import { driver, emptyGraph, openEmpty, openStore, withSession } from './neo4j-fixture.js';

const committed = sampleSubmission({ nodes: 4, strategy: 'committed' });
const tagged = withTags(sampleSubmission({ nodes: 4, strategy: 'tagged' }), ['btc', 'größe', 'more']);
const registered = sampleSubmission({ nodes: 7, strategy: 'registered', first: 100 });

/** A graph with every kind of stored value: receipts, plans, differing settings, and events in both places. */
async function fill(store: GraphStore): Promise<void> {
  await store.register(registrationOf(committed));
  const specs = await store.unverifiedTopics(committed.submissionId, 100);
  const mismatches = specs.slice(0, 2).map(({ topic }) => ({
    topic,
    mismatches: [{ topic, setting: 'partitions', wanted: '1', actual: '6' }],
  }));
  await store.markVerified(
    [...mismatches, ...specs.slice(2).map(({ topic }) => ({ topic, mismatches: [] }))],
    1,
  );
  await store.commit(committed.submissionId, 1);
  const fence = await store.takeOutbox(1);
  await store.parkEvents(fence, [{ id: `${committed.submissionId}/0`, reason: 'too large' }], 1);
  await store.register(registrationOf(tagged));
  await store.register(registrationOf(registered));
}

/** Everything that is read from stored values. */
async function readAll(store: GraphStore) {
  const submissions: readonly Submission[] = [committed, tagged, registered];
  return {
    submissions: await Promise.all(submissions.map((one) => store.submission(one.submissionId))),
    dags: await Promise.all(submissions.map((one) => store.dag(one.dagDigest))),
    names: await Promise.all(submissions.map((one) => store.nodeNames(one.dagDigest))),
    queues: await store.queues({ itemsMax: 100 }),
    parked: await store.parkedEvents({ itemsMax: 100 }),
  };
}

async function migrated(): Promise<readonly number[]> {
  const { migrations } = await migrate(driver);
  return migrations.filter(({ ran }) => ran).map(({ number }) => number);
}

describe('values that earlier releases stored as JSON', () => {
  beforeEach(emptyGraph);
  afterAll(async () => {
    await migrate(driver);
    await emptyGraph();
  });

  test('they are read after the migration as before, and the graph goes on', async () => {
    const before = await openStore();
    await fill(before);
    const expected = await readAll(before);
    expect(expected.queues.items.flatMap(({ mismatches }) => mismatches)).toHaveLength(2);
    expect(expected.parked.items).toHaveLength(1);
    await toJsonValues(before);
    await expect(openStore()).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining('neo4j-init'),
    });
    expect(await migrated()).toEqual([6, 7]);
    const store = await openStore();
    expect(await readAll(store)).toEqual(expected);
    expect(await withSession(graphViolations)).toEqual([]);
    // What was registered before is committed with the tags that it planned then; what was announced before is sent.
    expect(await store.commit(tagged.submissionId, 2)).toMatchObject({ receipt: { tagsAdded: 8 } });
    await verifyAll(store, registered.submissionId);
    expect(await store.commit(registered.submissionId, 2)).toMatchObject({
      receipt: { nodeCount: 7, outputs: [] },
    });
    const events = await sendEverything(store);
    expect(events.filter(({ event }) => event.type === 'node_status_changed')).toHaveLength(4 + 7 - 1);
    expect(await submitWhole(store, committed)).toEqual(expected.submissions[0]?.receipt);
    expect(await withSession(graphViolations)).toEqual([]);
  });

  test('two processes that migrate at once, and again, have the same result', async () => {
    const store = await openStore();
    await fill(store);
    const expected = await readAll(store);
    await toJsonValues(store);
    await Promise.all([migrate(driver), migrate(driver)]);
    expect(await readAll(await openStore())).toEqual(expected);
    expect(await migrated()).toEqual([]);
  });

  test('what a worker of an earlier release wrote after the migration is converted by the next one', async () => {
    const store = await openStore();
    await fill(store);
    const expected = await readAll(store);
    await toJsonValues(store);
    await withSession((session) =>
      session.run(
        'MATCH (i:Installation) SET i.format = 4 WITH i UNWIND [6, 7] AS number MERGE (:Migration {number: number})',
      ),
    );
    expect(await migrated()).toEqual([6]);
    expect(await readAll(await openStore())).toEqual(expected);
  });

  test('a value that no release wrote stays, says why, and holds up no other', async () => {
    const store = await openStore();
    await fill(store);
    await toJsonValues(store);
    await withSession(async (session) => {
      await session.run('MATCH (s:Submission {submission_id: $id}) SET s.receipt = "{}"', {
        id: committed.submissionId,
      });
      await session.run('MATCH (d:Dag {digest: $digest}) SET d.body = replace(d.body, "n100", "n1")', {
        digest: registered.dagDigest,
      });
      await session.run('MATCH (d:Dag {digest: $digest}) REMOVE d.body', { digest: tagged.dagDigest });
      await session.run(
        'MATCH (q:Queue {state: "active"}) WITH q ORDER BY q.topic LIMIT 1 SET q.mismatches = "[1]"',
      );
    });
    expect(await migrated()).toEqual([6, 7]);
    const again = await openStore();
    const { records } = await withSession((session) =>
      session.run(
        'MATCH (n) WHERE n.form_fault IS NOT NULL RETURN labels(n)[0] + " " + n.form_fault AS what ORDER BY what',
      ),
    );
    expect(records.map((record) => String(record.get('what')))).toEqual([
      'Dag the DAG is not what its digest says',
      expect.stringMatching(/^Dag the graph has \w+ in body instead of text$/),
      'Queue the JSON is not of its kind',
      'Submission the JSON is not of its kind',
    ]);
    await expect(again.submission(committed.submissionId)).rejects.toMatchObject({
      code: 'E_INTERNAL',
      message: `in the graph, the receipt of submission ${committed.submissionId} is text, as earlier releases wrote it, and was not migrated`,
    });
    await expect(again.dag(registered.dagDigest)).rejects.toMatchObject({ code: 'E_INTERNAL' });
    const { items, unreadable } = await again.queues({ itemsMax: 100 });
    expect([items.length, unreadable?.length]).toEqual([3, 1]);
    expect(await again.submission(registered.submissionId)).toMatchObject({ state: 'registered' });
    // They are not tried again at every start.
    expect(await migrated()).toEqual([]);
  });

  test('migrating takes page after page, and large values in transactions of their own', async () => {
    const store = await openEmpty();
    await submitWhole(store, committed);
    await toJsonValues(store);
    await withSession(async (session) => {
      await session.run(
        `MATCH (s:Submission)
         UNWIND range(1, 1500) AS number
         CREATE (copy:Submission {submission_id: 'copy-' + toString(number)})
         SET copy += s {.context, .receipt, .tagged_ids, .tagged_tags}`,
      );
      // 4 MB each, so that two of them fill a batch: white space means nothing in JSON.
      await session.run(
        `MATCH (s:Submission) WHERE s.submission_id IN ['copy-1', 'copy-2', 'copy-3']
         SET s.receipt = s.receipt + reduce(pad = ' ', i IN range(1, 22) | pad + pad)`,
      );
    });
    expect(await migrated()).toEqual([6, 7]);
    const { records } = await withSession((session) =>
      session.run(
        'MATCH (s:Submission) RETURN count(*) AS rows, count(CASE WHEN s.context IS :: STRING NOT NULL THEN 1 END) AS texts, count(s.form_fault) AS faults',
      ),
    );
    expect(records[0]?.toObject()).toEqual({ rows: 1501n, texts: 0n, faults: 0n });
  });
});

describe('values of a release that comes later', () => {
  beforeEach(emptyGraph);

  test('each is an error that names its row, and keeps nobody from the others', async () => {
    const store = await openStore();
    await fill(store);
    await submitWhole(store, sampleSubmission({ nodes: 2, strategy: 'other', first: 50 }));
    await withSession(async (session) => {
      const later = Int8Array.of(9, 1, 2);
      await session.run('MATCH (s:Submission {submission_id: $id}) SET s.receipt = $later', {
        id: committed.submissionId,
        later,
      });
      await session.run('MATCH (s:Submission {submission_id: $id}) SET s.context = $later', {
        id: registered.submissionId,
        later,
      });
      await session.run('MATCH (s:Submission {submission_id: $id}) SET s.planned_tags = $later', {
        id: tagged.submissionId,
        later,
      });
      await session.run(
        'MATCH (q:Queue {state: "active"}) WITH q ORDER BY q.topic LIMIT 1 SET q.mismatches = $later',
        { later },
      );
      await session.run('MATCH (o:Outbox {id: $id}) SET o.event = $later', {
        id: `${committed.submissionId}/1`,
        later,
      });
      await session.run('MATCH (d:Dag {digest: $digest}) SET d.form = 9', { digest: committed.dagDigest });
    });
    const says = 'has form 9, and this release reads form 1';
    const error = (what: string) => ({ code: 'E_INTERNAL', message: `in the graph, the ${what} ${says}` });
    await expect(store.submission(committed.submissionId)).rejects.toMatchObject(
      error(`receipt of submission ${committed.submissionId}`),
    );
    await expect(store.register(registrationOf(committed))).rejects.toMatchObject(
      error(`receipt of submission ${committed.submissionId}`),
    );
    await verifyAll(store, registered.submissionId);
    await expect(store.commit(registered.submissionId, 2)).rejects.toMatchObject(
      error(`context of submission ${registered.submissionId}`),
    );
    await expect(store.commit(tagged.submissionId, 2)).rejects.toMatchObject({ code: 'E_INTERNAL' });
    await expect(store.dag(committed.dagDigest)).rejects.toMatchObject(error(`DAG ${committed.dagDigest}`));
    await expect(store.nodeNames(committed.dagDigest)).rejects.toMatchObject(
      error(`DAG ${committed.dagDigest}`),
    );
    expect(await store.dag(tagged.dagDigest)).toBeDefined();
    const first = await store.queues({ itemsMax: 1 });
    expect(first).toMatchObject({ items: [], unreadable: [first.nextCursor] });
    const rest = await store.queues({ itemsMax: 100, cursor: first.nextCursor ?? '' });
    expect(rest.items.length).toBeGreaterThan(0);
    expect(rest.unreadable).toBeUndefined();
    const sent = await sendEverything(store);
    expect(sent.length).toBeGreaterThan(2);
    const { items } = await store.parkedEvents({ itemsMax: 10 });
    const odd = items.find(({ id }) => id === `${committed.submissionId}/1`);
    expect(odd?.reason).toBe(
      `the row cannot be read: in the graph, the event of row ${odd?.id} of the outbox ${says}`,
    );
  });
});
