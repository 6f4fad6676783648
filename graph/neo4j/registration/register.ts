import { QmtlError } from '../../../domain/base/errors.js';
import type { NodeId, SubmissionId, TopicName } from '../../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../../domain/dag/dag.js';
import { diffDag } from '../../../domain/dag/diff.js';
import type { RegisterOutcome, RegistrationRequest } from '../../../domain/ports/graph-store.js';
import { isSettled } from '../../../domain/submissions/queue-map.js';
import { refusalOf } from '../../../domain/submissions/registration.js';
import type { Receipt, ReceiptNode, Submission } from '../../../domain/submissions/submission.js';
import { commitOnce } from '../commit/commit.js';
import { maybe, type Row, readBoolean, readInteger, readText } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import { extraMsFor, nodesUsual, timeBudget } from '../driver/time-budget.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { lockEpoch, notSetUp, shardOf } from '../facts/epoch.js';
import { type Fact, type FactCache, lasts, liveQueue } from '../facts/fact-cache.js';
import { type Facts, factsUnderLock, readKnown, withCurrentTags } from '../facts/facts.js';
import { want, wantPart } from '../references/references.js';
import { toStoredDag } from '../rows/stored-dag.js';
import { maybeStored, storedReceipt } from '../rows/stored-form.js';
import { submissionProperties, toCounts } from '../rows/submission-rows.js';
import { inParts } from './parts.js';
import { planAgainst, reserve } from './reserve.js';

/**
 * Write-locks the shard before reading: the aggregation keeps the order. One statement, because in a small submission each
 * statement costs as much as the reading itself.
 */
const openRegistration = statement(
  'open a registration',
  `MATCH (lock:GraphEpoch {shard: $shard})
   SET lock.locked_at = $at
   WITH count(lock) AS locked
   MATCH (e:GraphEpoch {shard: $shard})
   OPTIONAL MATCH (s:Submission {submission_id: $submission_id})
   RETURN e.epoch AS epoch, s.state AS state, s.receipt AS receipt, s.count_reuse AS count_reuse,
          s.count_buffering AS count_buffering, s.count_new AS count_new,
          EXISTS { MATCH (:Dag {digest: $dag_digest}) } AS has_dag`,
);

const countUnverified = statement(
  'count unverified queues of a submission',
  `MATCH (s:Submission {submission_id: $submission_id})
   WITH s.namespace AS namespace, s.node_ids AS node_ids
   UNWIND node_ids AS node_id
   MATCH (q:Queue {namespace: namespace, node_id: node_id, current: true})
   WHERE q.verified_at IS NULL
   RETURN count(q) AS unverified`,
);

const storeDag = statement(
  'store a DAG body',
  `MERGE (d:Dag {digest: $digest})
   ON CREATE SET d.body = $body, d.form = $form, d.created_at = $at`,
);

const storeSubmission = statement(
  'store a submission',
  `MERGE (strategy:Strategy {strategy_id: $submission.strategy_id})
   ON CREATE SET strategy.uncommitted = true, strategy.version_count = 0
   SET strategy.newest_submission = $submission.submission_id
   MERGE (s:Submission {submission_id: $submission.submission_id})
   SET s += $submission`,
);

/** From this attempt on a registration excludes all others, so that it cannot lose to one again. */
const exclusiveFromAttempt = 3;

/** Nodes per transaction of a large registration: about 2 s of work, and 50 MB of the server's memory. */
const nodesAtOnceMax = nodesUsual;
/** A large registration begins no further part after this, so that the last one and the registration itself end within one attempt. */
export function lastPartStartMs(nodes: number): number {
  return 5_000 + 4 * extraMsFor(nodes);
}

/** It notes no further part of what it wants after this, so that the last one ends within the attempt too. */
export function lastWantStartMs(nodes: number): number {
  return lastPartStartMs(nodes) + timeBudget.callMs + extraMsFor(nodes);
}

/**
 * Registers a submission in one transaction.
 *
 * The missing nodes of a large DAG are created beforehand in several transactions, in topological order, so that each finds
 * its dependencies. They are invisible before the commit, and an attempt that runs out of time leaves the rest to the next one. What it
 * wants is noted afterwards, also in several transactions: a queue that is drained before that sets the commit back.
 */
export async function register(
  transactions: Transactions,
  cache: FactCache,
  request: RegistrationRequest,
): Promise<RegisterOutcome> {
  const { submissionId, dag } = request.submission;
  const { nodes } = dag;
  const shard = shardOf(submissionId, nodes.length);
  const started = performance.now();
  if (nodes.length > nodesAtOnceMax && (await isAcceptable(transactions, cache, request)))
    await reserveInParts(transactions, cache, request, shard);
  const outcome = await transactions.write(
    'register',
    (tx) => registerOnce(tx, cache, request, shard),
    extraMsFor(nodes.length),
  );
  if (nodes.length > nodesAtOnceMax && outcome.kind === 'registered')
    await wantInParts(transactions, submissionId, nodes.length, { shard, started });
  return outcome;
}

async function wantInParts(
  transactions: Transactions,
  submissionId: SubmissionId,
  nodes: number,
  { shard, started }: { readonly shard: number; readonly started: number },
): Promise<void> {
  const places = Array.from({ length: nodes }, (_, place) => place);
  const wantPlaces = async (part: readonly number[]) => {
    const [from = 0] = part;
    await wantPart(transactions, { submissionId, shard, from, to: from + part.length });
    return true;
  };
  const left = await inParts(places, wantPlaces, {
    sizeMax: nodesAtOnceMax,
    lateMs: lastWantStartMs(nodes) - (performance.now() - started),
    now: () => performance.now(),
  });
  if (left > 0) throw unfinished(nodes - left, nodes);
}

/** A DAG that will be refused reserves nothing: its last part may be what does not fit. */
async function isAcceptable(
  transactions: Transactions,
  cache: FactCache,
  { submission: { dag }, namespace }: RegistrationRequest,
): Promise<boolean> {
  const nodeIds = dag.nodes.map(({ nodeId }) => nodeId);
  const known = await readKnown(transactions, cache, nodeIds, namespace.key);
  return refusalOf(diffDag(dag, known), known) === undefined;
}

async function reserveInParts(
  transactions: Transactions,
  cache: FactCache,
  request: RegistrationRequest,
  shard: number,
): Promise<void> {
  const { nodes } = request.submission.dag;
  const reserveNodes = (some: readonly NodeSpec[]) => {
    const dag = { ...request.submission.dag, nodes: some };
    const part = { ...request, submission: { ...request.submission, dag } };
    return transactions.write('register.part', (tx) => reservePart(tx, cache, part, shard));
  };
  const lateMs = lastPartStartMs(nodes.length);
  const left = await inParts(nodes, reserveNodes, {
    sizeMax: nodesAtOnceMax,
    lateMs,
    now: () => performance.now(),
  });
  if (left > 0) throw unfinished(nodes.length - left, nodes.length);
}

function unfinished(done: number, all: number): QmtlError {
  return new QmtlError('E_GRAPH_UNAVAILABLE', `register: ${done} of ${all} nodes are stored so far`, {
    hint: 'the next attempt continues from there',
  });
}

/** False when the submission has its answer already, or will get another answer than "registered". */
async function reservePart(
  tx: GraphTransaction,
  cache: FactCache,
  request: RegistrationRequest,
  shard: number,
): Promise<boolean> {
  const { answer, facts } = await open(tx, cache, request, shard);
  if (answer !== undefined) return unchanged(tx, false);
  const isThere = request.submission.dag.nodes.every(({ nodeId }) => isReserved(facts.get(nodeId)));
  if (isThere) return unchanged(tx, true);
  const plan = await planAgainst(tx, request, facts);
  if (plan.kind !== 'plan') return unchanged(tx, false);
  await reserve(tx, request, facts, plan.reservations);
  return true;
}

/** The register transaction: plan, then reserve. Three round trips, including the commit, when everything is known and cached. */
async function registerOnce(
  tx: GraphTransaction,
  cache: FactCache,
  request: RegistrationRequest,
  shard: number,
): Promise<RegisterOutcome> {
  const { submission } = request;
  const { dagDigest, dag } = submission;
  const { answer, facts, hasDag } = await open(tx, cache, request, shard);
  if (answer !== undefined) return unchanged(tx, answer);
  const plan = await planAgainst(tx, request, facts);
  if (plan.kind !== 'plan') return unchanged(tx, plan);
  const isKnown = commitsNow(plan.queueMap, facts);
  const wanted = isKnown || dag.nodes.length > nodesAtOnceMax ? [] : wantedTopics(plan.queueMap, facts);
  const [, , , , receipt] = await Promise.all([
    reserve(tx, request, facts, plan.reservations),
    hasDag ? [] : tx.run(storeDag, { digest: dagDigest, ...toStoredDag(dag), at: request.at }),
    tx.run(storeSubmission, {
      submission: submissionProperties(request, plan, bufferingOf(submission, plan.queueMap)),
    }),
    want(tx, submission.submissionId, wanted),
    isKnown ? commitNow(tx, request) : undefined,
  ]);
  if (receipt !== undefined) return { kind: 'committed', receipt, now: true };
  const queued = dag.nodes.filter((node) => !isQuery(node));
  const unverified = queued.filter(({ nodeId }) => liveQueue(facts.get(nodeId))?.verified !== true).length;
  return { kind: 'registered', counts: plan.counts, unverified };
}

function isReserved(fact: Fact | undefined): boolean {
  return liveQueue(fact) !== undefined || fact?.query !== undefined;
}

/** A reservation of an earlier attempt may have been renamed since it was planned. */
function wantedTopics(queueMap: readonly ReceiptNode[], facts: Facts): readonly TopicName[] {
  return queueMap.flatMap(({ nodeId, topic }) => liveQueue(facts.get(nodeId))?.topic ?? topic ?? []);
}

/** Under the epoch lock a settled submission stays settled. A large DAG is committed in a transaction of its own. */
function commitsNow(queueMap: readonly ReceiptNode[], facts: Facts): boolean {
  const isInUse = (nodeId: NodeId) => {
    const fact = facts.get(nodeId);
    return fact !== undefined && lasts(fact);
  };
  return queueMap.length <= nodesAtOnceMax && isSettled(queueMap, isInUse);
}

async function commitNow(tx: GraphTransaction, { submission, at }: RegistrationRequest): Promise<Receipt> {
  // It changes no schema.
  const has = { nodesMax: nodesUsual, epochLocked: true, registers: true } as const;
  const outcome = await commitOnce(tx, submission.submissionId, at, has);
  if (!('needs' in outcome) && outcome.kind === 'committed') return outcome.receipt;
  throw new QmtlError('E_INTERNAL', 'a submission that was just registered cannot be committed');
}

interface Opened {
  /** Set when the submission is registered or committed. */
  readonly answer: RegisterOutcome | undefined;
  readonly facts: Facts;
  readonly hasDag: boolean;
}

/** Takes the epoch lock, and reads what the graph knows about the submission and, unless it has its answer, about its nodes. */
async function open(
  tx: GraphTransaction,
  cache: FactCache,
  { submission, namespace, at }: RegistrationRequest,
  shard: number,
): Promise<Opened> {
  const { submissionId, dagDigest, dag } = submission;
  if (tx.attempt >= exclusiveFromAttempt) await lockEpoch(tx, at);
  const key = { submission_id: submissionId, dag_digest: dagDigest, shard, at };
  const [row = notSetUp()] = await tx.run(openRegistration, key);
  const answer = await answerOf(tx, row, submissionId);
  const hasDag = readBoolean(row, 'has_dag');
  if (answer !== undefined) return { answer, facts: new Map(), hasDag };
  const nodeIds = dag.nodes.map((node) => node.nodeId);
  const epoch = readInteger(row, 'epoch');
  const known = await factsUnderLock(tx, cache, epoch, namespace.key, nodeIds);
  const facts = await withCurrentTags(tx, cache, epoch, namespace.key, known, dag.nodes);
  return { answer, facts, hasDag };
}

function unchanged<T>(tx: GraphTransaction, answer: T): T {
  tx.discard();
  return answer;
}

/** The answer to a registered or committed submission; undefined for any other. */
async function answerOf(
  tx: GraphTransaction,
  row: Row,
  submissionId: string,
): Promise<RegisterOutcome | undefined> {
  const receipt = maybeStored(storedReceipt, row, 'receipt', `submission ${submissionId}`);
  if (receipt !== undefined) return { kind: 'committed', receipt };
  if (maybe(row, 'state', readText) !== 'registered') return undefined;
  const [counted] = await tx.run(countUnverified, { submission_id: submissionId });
  const unverified = counted === undefined ? 0 : readInteger(counted, 'unverified');
  return { kind: 'registered', counts: toCounts(row), unverified };
}

/** Nodes that the commit sets to buffering, with their new schema. */
function bufferingOf(submission: Submission, queueMap: readonly ReceiptNode[]): readonly NodeSpec[] {
  const buffering = new Set(queueMap.filter(({ diff }) => diff === 'buffering').map(({ nodeId }) => nodeId));
  return submission.dag.nodes.filter(({ nodeId }) => buffering.has(nodeId));
}
