import { createHash, generateKeyPairSync } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { createSubmissionActivities } from '../../activities/submission.js';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import { toNodeCode } from '../../domain/artifacts/node-code.js';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { isQuery } from '../../domain/dag/dag.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { RegisterSubmissionRequestSchema, SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { withSignatures } from '../../sdk/submission/code-signatures.js';
import { sendEverything } from '../announced-events.js';
import { noSignals } from '../no-signals.js';
import { accepted, sampleDocument, sampleNode, sampleSubmission, withTags } from '../samples.js';
import { registrationOf, sampleTime, submitWhole, topicIn, verifyAll } from '../submit-whole.js';

const now = () => sampleTime;
const call = { traceparent: '', requestId: '' };

function openActivities(replicasMax?: number, room?: TopicAdmin['room']) {
  const graph = memoryGraphStore();
  const admin = memoryTopicAdmin(new MemoryBroker(), now, replicasMax === undefined ? {} : { replicasMax });
  const activities = createSubmissionActivities({
    graph,
    topics: room === undefined ? admin : { room },
    signals: noSignals,
    namespacePolicy: 'world-domain',
    now,
  });
  return { graph, activities };
}

function registerRequest(submission = sampleSubmission({ nodes: 2 })) {
  const workflowId = `submit-strategy/${submission.submissionId}`;
  return create(RegisterSubmissionRequestSchema, {
    submission: submitRequestToWire(submission, call),
    workflowId,
  });
}

describe('register', () => {
  test('I-7: a large submission whose topics do not fit on the brokers is refused before anything is written, with the number that fits', async () => {
    const nodes = limits.roomCheckNodesMin;
    const { graph, activities } = openActivities(nodes - 1);
    const submission = sampleSubmission({ nodes });
    const { outcome } = await activities.registerSubmission(registerRequest(submission));
    expect(outcome).toMatchObject({
      case: 'refused',
      value: {
        problems: [
          {
            code: 'E_TOPIC_REJECTED',
            path: '/dag/nodes',
            message: expect.stringContaining(`so ${nodes - 1} more fit`),
          },
        ],
      },
    });
    expect((await graph.totals()).nodes).toBe(0);
    expect(await graph.unverifiedTopics(submission.submissionId, 1)).toEqual([]);
  });

  test('a large submission that fits exactly, or is registered already, is not refused', async () => {
    const nodes = limits.roomCheckNodesMin;
    const { activities } = openActivities(nodes);
    const request = registerRequest(sampleSubmission({ nodes }));
    for (const attempt of [1, 2])
      expect([attempt, await activities.registerSubmission(request)]).toMatchObject([
        attempt,
        { outcome: { case: 'registered', value: { topicsUnverified: nodes } } },
      ]);
  });

  test('a smaller submission does not ask the brokers, and a large one does not wait for brokers that are away', async () => {
    let asked = 0;
    const room = async () => {
      asked += 1;
      throw new QmtlError('E_BROKER_UNAVAILABLE', 'away');
    };
    const { activities } = openActivities(0, room);
    const small = registerRequest(sampleSubmission({ nodes: limits.roomCheckNodesMin - 1 }));
    expect((await activities.registerSubmission(small)).outcome.case).toBe('registered');
    expect(asked).toBe(0);
    const large = registerRequest(sampleSubmission({ nodes: 2 * limits.roomCheckNodesMin }));
    expect((await activities.registerSubmission(large)).outcome.case).toBe('registered');
    expect(asked).toBe(1);
  });

  test('register returns what has to be created, and the receipt once it is committed', async () => {
    const { graph, activities } = openActivities();
    const submission = sampleSubmission({ nodes: 2 });
    const { submissionId } = submission;
    expect(await activities.registerSubmission(registerRequest(submission))).toMatchObject({
      submissionId,
      outcome: { case: 'registered', value: { counts: { new: 2 }, topicsUnverified: 2 } },
    });
    await submitWhole(graph, submission);
    expect(await activities.registerSubmission(registerRequest(submission))).toMatchObject({
      submissionId,
      outcome: { case: 'committed', value: { submissionId } },
    });
  });

  test('I-7: a bad submission is refused with its problems before anything is written', async () => {
    const { graph, activities } = openActivities();
    const request = registerRequest();
    for (const node of request.submission?.dag?.nodes ?? []) node.codeHash = 'other';
    expect(await activities.registerSubmission(request)).toMatchObject({
      outcome: { case: 'refused', value: { problems: { length: 2, 0: { code: 'E_NODE_ID_MISMATCH' } } } },
    });
    expect(await graph.newestSubmission(sampleSubmission({ nodes: 2 }).strategyId)).toBeUndefined();
  });

  test('register stores the code and the schemas of a submission, in parts of bounded size', async () => {
    const { graph, activities } = openActivities();
    const parts: number[] = [];
    const store = graph.storeArtifacts.bind(graph);
    Object.assign(graph, {
      storeArtifacts: (artifacts: Parameters<typeof store>[0], at: number) => {
        parts.push(artifacts.code.length);
        return store(artifacts, at);
      },
    });
    const modules = Array.from({ length: 5 }, (_, index) => `${index}${' '.repeat(200_000)}`);
    const nodes = modules.map((module, index) =>
      sampleNode({ code_hash: toNodeCode(module, '[]').codeHash, params: { index }, dependencies: [] }),
    );
    const submission = accepted({
      ...sampleDocument({ nodes: 1 }),
      dag: { nodes },
      code: modules.map((module) => ({ module, inputs: [] })),
    });
    await activities.registerSubmission(registerRequest(submission));
    expect(parts).toEqual([2, 2, 1]);
    for (const { codeHash, text } of submission.artifacts.code) {
      const sha256 = createHash('sha256').update(text).digest('hex');
      expect(await graph.code(codeHash)).toMatchObject({ sha256, createdAt: sampleTime });
    }
  });

  test('I-7: code that belongs to no node is refused before anything is written', async () => {
    const { graph, activities } = openActivities();
    const submission = sampleSubmission({ nodes: 2, module: 'm' });
    const request = registerRequest(submission);
    for (const code of request.submission?.code ?? []) code.module = 'other';
    expect(await activities.registerSubmission(request)).toMatchObject({
      outcome: { case: 'refused', value: { problems: { 0: { code: 'E_SCHEMA_INVALID', path: '/code/0' } } } },
    });
    expect(await graph.code(submission.artifacts.code[0]?.codeHash ?? '')).toBeUndefined();
  });

  test('I-7: a signature that is not of its key and code is refused before anything is written', async () => {
    const { graph, activities } = openActivities();
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const submission = withSignatures(sampleSubmission({ nodes: 1, module: 'm' }), pem);
    const request = registerRequest(submission);
    const [forged] = request.submission?.code[0]?.signatures ?? [];
    if (forged === undefined) throw new Error('no signature');
    const real = forged.sig;
    forged.sig = new Uint8Array(64);
    expect(await activities.registerSubmission(request)).toMatchObject({
      outcome: { case: 'refused', value: { problems: [{ path: '/code/0/signatures/0' }] } },
    });
    const codeHash = submission.artifacts.code[0]?.codeHash ?? '';
    expect(await graph.code(codeHash)).toBeUndefined();
    forged.sig = real;
    expect(await activities.registerSubmission(request)).toMatchObject({ outcome: { case: 'registered' } });
    expect((await graph.code(codeHash))?.code.signatures).toHaveLength(1);
  });

  test.each([
    ['another id', `blake3:${'0'.repeat(64)}`],
    ['an id that names no submission', ''],
  ])('I-7: a run started under %s is refused before anything is written', async (_what, expected) => {
    const { graph, activities } = openActivities();
    const submission = sampleSubmission({ nodes: 2, module: 'm' });
    const request = { ...registerRequest(submission), expectedSubmissionId: expected };
    expect(await activities.registerSubmission(request)).toMatchObject({
      outcome: {
        case: 'refused',
        value: { problems: [{ code: 'E_USAGE', hint: expect.stringContaining(submission.submissionId) }] },
      },
    });
    expect(await graph.submission(submission.submissionId)).toBeUndefined();
    expect(await graph.code(submission.artifacts.code[0]?.codeHash ?? '')).toBeUndefined();
  });

  test('I-7: outputs that are a query, unknown or doubled are refused before anything is written', async () => {
    const { graph, activities } = openActivities();
    const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
    const submission = sampleSubmission({ nodes: 2, module: 'm', tagQuery, outputs: { a: 0, b: 1, c: 1 } });
    const request = registerRequest(submission);
    const [query, unknown, doubled] = request.submission?.dag?.outputs ?? [];
    if (query === undefined || unknown === undefined || doubled === undefined) throw new Error('no outputs');
    query.nodeId = submission.dag.nodes.find(isQuery)?.nodeId ?? '';
    unknown.nodeId = `blake3:${'0'.repeat(64)}`;
    doubled.name = unknown.name;
    const { outcome } = await activities.registerSubmission(request);
    expect(outcome).toMatchObject({
      case: 'refused',
      value: {
        problems: [
          { code: 'E_SCHEMA_INVALID', path: '/dag/outputs/0/node_id' },
          { code: 'E_DUPLICATE', path: '/dag/outputs/2/name' },
          { code: 'E_DANGLING_DEPENDENCY', path: '/dag/outputs/1/node_id' },
        ],
      },
    });
    expect(await graph.totals()).toMatchObject({ nodes: 0, strategies: 0 });
    expect(await graph.code(submission.artifacts.code[0]?.codeHash ?? '')).toBeUndefined();
  });

  test('I-7: a trace context of any other form is refused before anything is written', async () => {
    const { graph, activities } = openActivities();
    const submission = sampleSubmission({ nodes: 2 });
    const request = registerRequest(submission);
    if (request.submission !== undefined) request.submission.traceparent = 'a'.repeat(1_200_000);
    const result = await activities.registerSubmission(request);
    expect(result).toMatchObject({
      outcome: { case: 'refused', value: { problems: [{ code: 'E_SCHEMA_INVALID', path: '/traceparent' }] } },
    });
    expect(JSON.stringify(result.outcome).length).toBeLessThan(1_000);
    expect(await graph.submission(submission.submissionId)).toBeUndefined();
  });

  test('register refuses a request without a submission', async () => {
    const { activities } = openActivities();
    const answer = await activities.registerSubmission(create(RegisterSubmissionRequestSchema));
    expect(answer.outcome).toMatchObject({
      case: 'refused',
      value: { problems: [{ code: 'E_SCHEMA_INVALID' }] },
    });
  });

  test('register refuses a node whose id belongs to other content in the graph', async () => {
    const submission = sampleSubmission({ nodes: 1 });
    const [node] = submission.dag.nodes;
    if (node === undefined) throw new Error('an empty sample');
    const { graph, activities } = openActivities();
    const other = { ...submission, dag: { ...submission.dag, nodes: [{ ...node, codeHash: 'other' }] } };
    await graph.register(
      registrationOf({ ...other, submissionId: sampleSubmission({ nodes: 2 }).submissionId }),
    );
    const { outcome } = await activities.registerSubmission(registerRequest(submission));
    expect(outcome).toMatchObject({
      case: 'refused',
      value: { problems: [{ code: 'E_NODE_ID_MISMATCH', message: expect.stringContaining(node.nodeId) }] },
    });
  });

  test('register refuses tags that do not fit, with the node, its tags and what to do', async () => {
    const { graph, activities } = openActivities();
    const tagged = (strategy: string, tags: readonly string[]) =>
      withTags(sampleSubmission({ nodes: 1, strategy }), tags);
    const some = (name: string) =>
      Array.from({ length: limits.nodeTagsTotalMax / 2 }, (_, index) => `${name}-${index}`);
    await submitWhole(graph, tagged('first', some('a')));
    await submitWhole(graph, tagged('second', some('b')));
    const third = tagged(
      'third',
      Array.from({ length: 7 }, (_, index) => `c-${index}`),
    );
    const { outcome } = await activities.registerSubmission(registerRequest(third));
    const [node] = third.dag.nodes;
    expect(outcome).toMatchObject({
      case: 'refused',
      value: { problems: [{ code: 'E_LIMIT_EXCEEDED', path: '/dag/nodes' }], more: 0 },
    });
    const message = outcome.case === 'refused' ? outcome.value.problems[0]?.message : '';
    expect(message).toBe(
      `${node?.nodeId} has ${limits.nodeTagsTotalMax} tags in the graph and would get "c-0", "c-1", "c-2", "c-3", "c-4" and 2 more; at most ${limits.nodeTagsTotalMax} are allowed`,
    );
  });

  test('register refuses more tags than one submission may add, with their number', async () => {
    const { graph, activities } = openActivities();
    const nodes = Math.ceil(limits.submissionTagsAddedMax / limits.nodeTagsMax) + 1;
    await submitWhole(graph, sampleSubmission({ nodes, strategy: 'first', tags: ['btc'] }));
    const tags = Array.from({ length: limits.nodeTagsMax }, (_, index) => `more-${index}`);
    const { outcome } = await activities.registerSubmission(
      registerRequest(sampleSubmission({ nodes, strategy: 'second', tags })),
    );
    const problems = outcome.case === 'refused' ? outcome.value.problems : [];
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      `E_LIMIT_EXCEEDED: the submission would add ${nodes * limits.nodeTagsMax} tags to nodes of the graph; at most ${limits.submissionTagsAddedMax} are allowed`,
    ]);
  });

  test('register refuses a query without an interval before it writes anything', async () => {
    const { graph, activities } = openActivities();
    const tagQuery = { tags: ['btc'], matchMode: 'any', interval: 60 } as const;
    const request = registerRequest(sampleSubmission({ nodes: 1, tagQuery }));
    const query = request.submission?.dag?.nodes.find(({ nodeType }) => nodeType === 'TagQueryNode');
    if (query === undefined) throw new Error('no query');
    query.interval = 0;
    const { outcome } = await activities.registerSubmission(request);
    const problems = outcome.case === 'refused' ? outcome.value.problems : [];
    expect(problems.map(({ code, path }) => `${code} ${path.replace(/\d+/, 'N')}`)).toEqual([
      'E_NODE_ID_FIELDS /dag/nodes/N/interval',
    ]);
    expect(await graph.totals()).toMatchObject({ nodes: 0, queues: 0 });
    expect((await graph.known([query.nodeId].filter(isNodeId), 'w1.backtest')).nodes.size).toBe(0);
  });

  test('register names the queues that are being collected', async () => {
    const { graph, activities } = openActivities();
    const { sentinelId, nodes } = await submitWhole(graph, sampleSubmission({ nodes: 1, strategy: 'first' }));
    const topic = topicIn(nodes[0]);
    await graph.retireVersion(sentinelId, sampleTime);
    expect(await graph.drainQueue(topic, sampleTime)).toBe('draining');
    const answer = await activities.registerSubmission(registerRequest(sampleSubmission({ nodes: 1 })));
    expect(answer.outcome).toMatchObject({ case: 'contended', value: { topics: [topic] } });
  });
});

describe('commit', () => {
  test('I-1: a commit is refused while topics are unverified, and succeeds afterwards', async () => {
    const { graph, activities } = openActivities();
    const submission = sampleSubmission({ nodes: 1 });
    await activities.registerSubmission(registerRequest(submission));
    const ref = create(SubmissionRefSchema, { submissionId: submission.submissionId });
    expect((await activities.commitSubmission(ref)).outcome).toMatchObject({
      case: 'unverified',
      value: { topics: { length: 1 } },
    });
    await verifyAll(graph, submission.submissionId);
    expect((await activities.commitSubmission(ref)).outcome.case).toBe('committed');
  });

  test('a commit of an unregistered submission is answered as such', async () => {
    const { activities } = openActivities();
    const { submissionId } = sampleSubmission({ nodes: 1 });
    const answer = await activities.commitSubmission(create(SubmissionRefSchema, { submissionId }));
    expect(answer.outcome.case).toBe('notRegistered');
  });

  test.each(['commitSubmission', 'cancelSubmission'] as const)(
    '%s refuses a text that is not a submission id',
    async (name) => {
      const { activities } = openActivities();
      const ref = create(SubmissionRefSchema, { submissionId: 'x' });
      await expect(activities[name](ref)).rejects.toMatchObject({
        type: 'E_SCHEMA_INVALID',
        nonRetryable: true,
      });
    },
  );
});

test('cancel returns whether it was in time', async () => {
  const { graph, activities } = openActivities();
  const submission = sampleSubmission({ nodes: 1 });
  const ref = create(SubmissionRefSchema, { submissionId: submission.submissionId });
  expect(await activities.cancelSubmission(ref)).toMatchObject({ cancelled: true });
  await submitWhole(graph, submission);
  expect(await activities.cancelSubmission(ref)).toMatchObject({ cancelled: false });
});

test('the announcement of a submission says whether its events are sent', async () => {
  const { graph, activities } = openActivities();
  const submission = sampleSubmission({ nodes: 1 });
  const ref = create(SubmissionRefSchema, { submissionId: submission.submissionId });
  expect(await activities.readAnnouncement(ref)).toMatchObject({ waiting: false, parked: 0 });
  await submitWhole(graph, submission);
  expect(await activities.readAnnouncement(ref)).toMatchObject({ waiting: true, parked: 0 });
  await sendEverything(graph);
  expect(await activities.readAnnouncement(ref)).toMatchObject({ waiting: false, parked: 0 });
});

test('a commit that does not fit the graph any more says which nodes it is about', async () => {
  const { graph, activities } = openActivities();
  const some = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const tagged = (strategy: string, tags: readonly string[]) =>
    withTags(sampleSubmission({ nodes: 1, strategy }), tags);
  const half = limits.nodeTagsTotalMax / 2;
  const { nodes } = await submitWhole(graph, tagged('first', some('a', half)));
  const later = tagged('later', ['c']);
  await graph.register(registrationOf(later));
  await submitWhole(graph, tagged('second', some('b', half)));
  const ref = create(SubmissionRefSchema, { submissionId: later.submissionId });
  expect(await activities.commitSubmission(ref)).toMatchObject({
    outcome: { case: 'outdated', value: { topics: nodes.map(({ nodeId }) => nodeId) } },
  });
});
