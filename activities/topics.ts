import { create } from '@bufbuild/protobuf';
import { isQmtlError, QmtlError } from '../domain/base/errors.js';
import { isSubmissionId, isTopicName, type SubmissionId } from '../domain/base/ids.js';
import { limits } from '../domain/base/limits.js';
import type { GraphStore, TopicVerification } from '../domain/ports/graph-store.js';
import type { CreateOutcome, TopicAdmin } from '../domain/ports/topic-admin.js';
import { fewTopics, nextRequestSize } from '../domain/topics/request-size.js';
import type { TopicDescription, TopicSpec } from '../domain/topics/topic.js';
import type { TopicAudit } from '../domain/topics/topic-log.js';
import { compareTopic } from '../domain/topics/topic-plan.js';
import { roomFault } from '../domain/topics/topic-room.js';
import {
  type SubmissionRef,
  type TopicsProgress,
  TopicsProgressSchema,
} from '../proto/gen/qmtl/v1/steps_pb.js';
import { translated } from './failure.js';
import { withHeartbeats } from './heartbeats.js';

export interface TopicDeps {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds, or rejects when the activity is cancelled. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Heartbeats to Temporal. */
  readonly heartbeat: (progress: TopicsProgress) => void;
}

/** Pauses between reads of the broker's metadata within one attempt; after the last one Temporal's retry policy takes over. */
const verifyPausesMs = [5, 20, 50, 100, 200] as const;
/** Pause before fewer topics are requested. */
const afterFailureMs = 250;

/** Creates in bulk the topics a submission needs, and looks until the broker shows them (docs/spec/submission.md#retry). */
export function createTopicActivities(deps: TopicDeps) {
  return { ensureTopics: translated((ref: SubmissionRef) => ensureTopics(deps, ref)) };
}

export type TopicActivities = ReturnType<typeof createTopicActivities>;

async function ensureTopics(deps: TopicDeps, ref: SubmissionRef): Promise<TopicsProgress> {
  const { submissionId, workflowId } = ref;
  if (!isSubmissionId(submissionId))
    throw new QmtlError('E_SCHEMA_INVALID', `${submissionId} is not a submission id`);
  const audit: TopicAudit = { workflowId, reason: `submission ${submissionId}` };
  const progress = create(TopicsProgressSchema);
  return withHeartbeats(
    () => deps.heartbeat(progress),
    () => createAndVerify(deps, submissionId, audit, progress),
  );
}

async function createAndVerify(
  deps: TopicDeps,
  submissionId: SubmissionId,
  audit: TopicAudit,
  progress: TopicsProgress,
): Promise<TopicsProgress> {
  const replicasMax = await deps.topics.replicasMax();
  const requests = new TopicRequests(deps, audit, replicasMax, progress);
  for (;;) {
    deps.heartbeat(progress);
    // Renamed topics, and those of a request that failed, are read again.
    const specs = await deps.graph.unverifiedTopics(submissionId, limits.dagNodesMax);
    if (specs.length === 0) return progress;
    await refuseWithoutRoom(deps, specs);
    await requests.make(specs);
  }
}

/** Nothing is created of topics that do not all fit. */
async function refuseWithoutRoom({ topics }: TopicDeps, specs: readonly TopicSpec[]): Promise<void> {
  // The request itself is refused as a whole when it does not fit.
  if (specs.length <= limits.topicsFirstRequest) return;
  const fault = roomFault(await topics.room(specs));
  if (fault !== undefined) throw fault;
}

/** Requests to the brokers, of a size that these answer in time. */
class TopicRequests {
  readonly #deps: TopicDeps;
  readonly #audit: TopicAudit;
  readonly #replicasMax: number;
  readonly #progress: TopicsProgress;
  #size: number = limits.topicsFirstRequest;

  constructor(deps: TopicDeps, audit: TopicAudit, replicasMax: number, progress: TopicsProgress) {
    this.#deps = deps;
    this.#audit = audit;
    this.#replicasMax = replicasMax;
    this.#progress = progress;
  }

  /** Creates and verifies topics; those that were renamed are left. */
  async make(specs: readonly TopicSpec[]): Promise<void> {
    for (let from = 0; from < specs.length; ) {
      // Rejects when the activity is cancelled.
      await this.#deps.sleep(0);
      const request = specs.slice(from, from + this.#size);
      if (await this.#answered(request)) from += request.length;
    }
  }

  /** False when the brokers did not answer in time: the same topics are requested again, fewer at once. A few are left to Temporal. */
  async #answered(specs: readonly TopicSpec[]): Promise<boolean> {
    const { now, sleep, heartbeat } = this.#deps;
    const started = now();
    try {
      await this.#makeNow(specs);
    } catch (error) {
      if (specs.length <= fewTopics || !isSlowness(error)) throw error;
      this.#size = nextRequestSize(specs.length, { kind: 'failed' });
      await sleep(afterFailureMs);
      return false;
    }
    this.#size = nextRequestSize(this.#size, { kind: 'answered', tookMs: now() - started });
    heartbeat(this.#progress);
    return true;
  }

  async #makeNow(specs: readonly TopicSpec[]): Promise<void> {
    const deps = this.#deps;
    const progress = this.#progress;
    const outcomes = await deps.topics.create(specs, this.#audit);
    progress.created += outcomes.filter((outcome) => outcome.kind === 'created').length;
    const renamed = await renameCollisions(deps, outcomes);
    progress.renamed += renamed.size;
    refuseForeign(outcomes);
    refuseFailures(outcomes);
    const seen = specs.filter((spec) => !renamed.has(spec.topic));
    const verifications = await verify(deps, seen, this.#replicasMax);
    await deps.graph.markVerified(verifications, deps.now());
    progress.verified += verifications.length;
    progress.mismatched += verifications.filter(({ mismatches }) => mismatches.length > 0).length;
  }
}

/** A failure of brokers that may answer for fewer topics. */
function isSlowness(error: unknown): boolean {
  return (
    isQmtlError(error) && (error.code === 'E_BROKER_UNAVAILABLE' || error.code === 'E_TOPIC_NOT_VERIFIED')
  );
}

/** Renames a topic that collides on the broker to its next `_v{n}`; the loop creates it afterwards. */
async function renameCollisions(
  deps: TopicDeps,
  outcomes: readonly CreateOutcome[],
): Promise<ReadonlySet<string>> {
  const renamed = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'collides' || !isTopicName(outcome.topic)) continue;
    await deps.graph.renameReservation(outcome.topic, deps.now());
    renamed.add(outcome.topic);
  }
  return renamed;
}

/** Records of another installation are never mixed with own ones. */
function refuseForeign(outcomes: readonly CreateOutcome[]): void {
  const [first, ...others] = outcomes.filter((outcome) => outcome.kind === 'foreign');
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${others.length} more by others`;
  throw new QmtlError(
    'E_TOPIC_FOREIGN',
    `topic ${first.topic} was made by installation ${first.installation}${more}`,
    { hint: 'use worlds of your own, or another cluster; remove the topic when that installation is gone' },
  );
}

function refuseFailures(outcomes: readonly CreateOutcome[]): void {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  const [first] = failed;
  if (first === undefined) return;
  const final = failed.find((outcome) => !outcome.retryable);
  const { topic, reason } = final ?? first;
  const others = failed.length === 1 ? '' : ` and ${failed.length - 1} more`;
  throw new QmtlError(
    final === undefined ? 'E_BROKER_UNAVAILABLE' : 'E_TOPIC_REJECTED',
    `the broker did not create ${topic}${others}: ${reason}`,
  );
}

async function verify(
  deps: TopicDeps,
  specs: readonly TopicSpec[],
  replicasMax: number,
): Promise<TopicVerification[]> {
  let missing = specs;
  const found = new Map<string, TopicDescription>();
  for (const pauseMs of [0, ...verifyPausesMs]) {
    if (pauseMs > 0) await deps.sleep(pauseMs);
    const described = await deps.topics.describe(missing.map((spec) => spec.topic));
    for (const [topic, description] of described) found.set(topic, description);
    missing = missing.filter((spec) => !found.has(spec.topic));
    if (missing.length === 0) break;
  }
  const [first] = missing;
  if (first !== undefined) {
    throw new QmtlError(
      'E_TOPIC_NOT_VERIFIED',
      `${missing.length} topics are not in the metadata yet, such as ${first.topic}`,
    );
  }
  return specs.map((spec) => verification(spec, found, replicasMax));
}

function verification(
  spec: TopicSpec,
  found: ReadonlyMap<string, TopicDescription>,
  replicasMax: number,
): TopicVerification {
  const description = found.get(spec.topic);
  return {
    topic: spec.topic,
    mismatches: description === undefined ? [] : compareTopic(spec, description, replicasMax),
  };
}
