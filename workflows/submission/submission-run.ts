import { create } from '@bufbuild/protobuf';
import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  CancelledFailure,
  condition,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SubmissionActivities } from '../../activities/submission.js';
import type { TopicActivities } from '../../activities/topics.js';
import { isOneTransaction } from '../../domain/artifacts/artifact-work.js';
import { retryBudget } from '../../domain/submissions/retry-budget.js';
import {
  advance,
  nextStep,
  type SubmissionEvent,
  type SubmissionState,
  type SubmissionStep,
} from '../../domain/submissions/submission-state.js';
import { artifactWorkOf } from '../../proto/convert/artifacts.js';
import { problemsToWire } from '../../proto/convert/problems.js';
import { countsToWire, receiptToWire } from '../../proto/convert/receipt.js';
import { announcementToWire, stateKindToWire } from '../../proto/convert/submission.js';
import {
  type RegisterSubmissionRequest,
  RegisterSubmissionRequestSchema,
  type SubmissionRef,
  SubmissionRefSchema,
} from '../../proto/gen/qmtl/v1/steps_pb.js';
import {
  type Acceptance,
  AcceptanceSchema,
  RetryingSchema,
  type SubmissionStatus,
  SubmissionStatusSchema,
  type SubmitStrategyRequest,
  type SubmitStrategyResult,
  SubmitStrategyResultSchema,
} from '../../proto/gen/qmtl/v1/submission_pb.js';
import {
  busPublish,
  graphWrite,
  submissionArtifactWrite,
  submissionWrite,
  topicAdmin,
} from '../activity-options.js';
import { parseSubmissionWorkflowId, publishOutboxWorkflow, searchAttributes } from '../contract.js';
import { StepDriver, type Wait, type Waiting } from '../steps.js';
import { submissionDetails } from './current-details.js';
import { committedEvent, registeredEvent } from './step-events.js';

const graph = proxyLocalActivities<SubmissionActivities>(graphWrite);
const earlier = proxyLocalActivities<{ publishOutbox(): Promise<unknown> }>(busPublish);

/** After this a submission looks for itself whether its events are on the bus. */
const announcedWithin = '10 seconds';

/** Once committed, the work must be completed: consumers may have seen it. While a round of the commit runs, only the graph knows. */
const cancellable = {
  register: 'throughout',
  'ensure-topics': 'throughout',
  commit: 'between-rounds',
  publish: 'never',
} as const satisfies Record<SubmissionStep, string>;

/** One submission: the state machine of domain/submissions/submission-state.ts, with its activities. */
export class SubmissionRun {
  readonly #request: SubmitStrategyRequest;
  readonly #ref: SubmissionRef;
  readonly #driver: StepDriver<SubmissionState, SubmissionStep, SubmissionEvent>;
  #setBacks = 0;
  /** The commit wrote no events: what else is in the outbox is of other submissions. */
  #wroteNoEvents = false;
  /** The publisher said that all events of the submission are on the bus or parked. */
  #announced = false;
  #artifactsStored = false;
  /** A run that was started without its state reports each state it passes (docs/patches.md). */
  readonly #reportsEveryState: boolean;

  constructor(request: SubmitStrategyRequest) {
    const { workflowId, typedSearchAttributes } = workflowInfo();
    this.#reportsEveryState = typedSearchAttributes.get(searchAttributes.state) === undefined;
    this.#request = request;
    this.#ref = create(SubmissionRefSchema, {
      workflowId,
      submissionId: parseSubmissionWorkflowId(workflowId) ?? '',
      traceparent: request.traceparent,
    });
    this.#driver = new StepDriver<SubmissionState, SubmissionStep, SubmissionEvent>({
      start: { kind: 'received' },
      nextStep,
      advance,
      perform: async (step, state) => this.#countSetBack(await this.#perform(step, state)),
      cancellable: (step) => cancellable[step],
      undo: () => this.#undo(),
      woken: (step) => step === 'publish' && this.#announced,
      budget: retryBudget,
      onChange: (state, waiting) => this.#report(state, waiting),
    });
  }

  /** Runs until an end state. One that failed wants its queues no longer. */
  async run(): Promise<void> {
    const { kind } = await this.#driver.run();
    if (kind === 'failed' && patched('failed-submissions-end-wants')) await this.#endWants();
  }

  /** After a day of rounds this is not worth another one: what it leaves when the graph is away keeps queues from being collected. */
  async #endWants(): Promise<void> {
    try {
      await CancellationScope.nonCancellable(() => graph.cancelSubmission(this.#ref));
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }

  /** Handles the signal of the publisher. */
  announced(): void {
    this.#announced = true;
  }

  status(): SubmissionStatus {
    const { state, waiting } = this.#driver;
    return create(SubmissionStatusSchema, {
      submissionId: this.#ref.submissionId,
      strategyId: this.#request.strategyId,
      state: stateKindToWire(state.kind),
      ...('counts' in state ? { counts: countsToWire(state.counts) } : {}),
      ...(state.kind === 'registered' ? { topicsUnverified: state.unverified } : {}),
      ...(state.kind === 'refused' ? { problems: problemsToWire(state.problems, state.more) } : {}),
      ...(state.kind === 'completed' ? { announcement: announcementToWire(state.announcement) } : {}),
      ...(waiting === undefined ? {} : { retrying: create(RetryingSchema, { ...waiting }) }),
    });
  }

  /** Answers the `accept` update once the submission is registered; throws when it ended before. */
  async acceptance(): Promise<Acceptance> {
    await CancellationScope.nonCancellable(() => condition(() => this.#driver.state.kind !== 'received'));
    const { state } = this.#driver;
    if (!('counts' in state)) throw failureOf(state);
    return create(AcceptanceSchema, {
      submissionId: this.#ref.submissionId,
      workflowId: this.#ref.workflowId,
      counts: countsToWire(state.counts),
      topicsUnverified: state.kind === 'registered' ? state.unverified : 0,
      joined: 'joined' in state && state.joined,
      requestId: this.#request.requestId,
    });
  }

  result(): SubmitStrategyResult {
    const { state } = this.#driver;
    if (state.kind !== 'completed') throw failureOf(state);
    return create(SubmitStrategyResultSchema, {
      receipt: receiptToWire(state.receipt),
      joined: state.joined,
      announcement: announcementToWire(state.announcement),
    });
  }

  async #perform(step: SubmissionStep, state: SubmissionState): Promise<SubmissionEvent | Wait> {
    switch (step) {
      case 'register':
        return this.#register();
      case 'ensure-topics':
        if (state.kind === 'registered' && state.unverified > 0) await this.#ensureTopics(state.unverified);
        return { kind: 'topics-verified' };
      case 'commit':
        return this.#commit();
      case 'publish':
        return this.#wroteNoEvents ? { kind: 'published', parked: 0 } : this.#publish(state);
    }
  }

  async #ensureTopics(unverified: number): Promise<void> {
    const topics = proxyActivities<TopicActivities>(topicAdmin(unverified));
    await topics.ensureTopics(this.#ref);
  }

  /** The steps whose work grows with the DAG. */
  #writes() {
    return proxyLocalActivities<SubmissionActivities>(submissionWrite(this.#request.dag?.nodes.length ?? 0));
  }

  /** Another submission or the schedule wakes it as well: a wake-up that fails must not keep this one from looking. */
  async #wakePublisher(): Promise<void> {
    try {
      await graph.wakePublisher();
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }

  /** Wakes the publisher and waits until it has published or parked the events of this submission. */
  async #publish(state: SubmissionState): Promise<SubmissionEvent | Wait> {
    if (!patched('publisher')) {
      await earlier.publishOutbox();
      return { kind: 'published', parked: 0 };
    }
    if (state.kind === 'committed' && state.joined) {
      const { waiting, parked } = await graph.readAnnouncement(this.#ref);
      if (!waiting) return { kind: 'published', parked };
    }
    await this.#wakePublisher();
    await condition(() => this.#announced, announcedWithin);
    this.#announced = false;
    // Also after the signal: only the graph knows what was parked.
    const { waiting, parked } = await graph.readAnnouncement(this.#ref);
    return waiting
      ? {
          kind: 'wait',
          code: 'E_BROKER_UNAVAILABLE',
          message: `its events are not on the bus yet; the workflow ${publishOutboxWorkflow.id} says why`,
        }
      : { kind: 'published', parked };
  }

  async #register(): Promise<SubmissionEvent | Wait> {
    const request = create(RegisterSubmissionRequestSchema, {
      submission: this.#request,
      workflowId: this.#ref.workflowId,
      expectedSubmissionId: this.#ref.submissionId,
    });
    await this.#storeManyArtifacts(request);
    request.artifactsStored = this.#artifactsStored;
    // Not interrupted: it may commit, and a cancellation must know whether it did.
    const writes = this.#writes();
    const result = await CancellationScope.nonCancellable(() => writes.registerSubmission(request));
    this.#wroteNoEvents = result.committedNow;
    return registeredEvent(result, this.#ref.submissionId);
  }

  /** Few are stored by the registration. Many are a step of their own, which is not repeated with it. */
  async #storeManyArtifacts(request: RegisterSubmissionRequest): Promise<void> {
    const work = artifactWorkOf(this.#request);
    if (this.#artifactsStored || isOneTransaction(work) || !patched('many-artifacts-apart')) return;
    const { storeSubmissionArtifacts } = proxyLocalActivities<SubmissionActivities>(
      submissionArtifactWrite(work),
    );
    this.#artifactsStored = (await storeSubmissionArtifacts(request)).stored;
  }

  async #commit(): Promise<SubmissionEvent> {
    const result = await this.#writes().commitSubmission(this.#ref);
    this.#wroteNoEvents = result.withoutEvents;
    return committedEvent(result);
  }

  /** Too late when it is committed: a commit whose workflow task was lost is known to the graph alone. */
  async #undo(): Promise<SubmissionEvent | undefined> {
    const { cancelled } = await graph.cancelSubmission(this.#ref);
    return cancelled ? { kind: 'cancelled' } : undefined;
  }

  #countSetBack(outcome: SubmissionEvent | Wait): SubmissionEvent | Wait {
    if (outcome.kind !== 'set-back') return outcome;
    this.#setBacks += 1;
    if (this.#setBacks <= retryBudget.setBacksMax) return outcome;
    return { kind: 'gave-up', code: 'E_CONTENDED', message: `started over ${retryBudget.setBacksMax} times` };
  }

  #report(state: SubmissionState, waiting: Waiting<SubmissionStep> | undefined): void {
    setCurrentDetails(submissionDetails(this.#request, state, waiting));
    // Each upsert costs the server as much as an activity, and a state that lasts no longer than one workflow task is never seen.
    if (this.#reportsEveryState || waiting !== undefined || isLasting(state))
      upsertSearchAttributes([
        { key: searchAttributes.state, value: waiting === undefined ? stateName(state) : 'retrying' },
      ]);
  }
}

/** The value of `QmtlState`. A submission that consumers did not hear of can be searched for. */
function stateName(state: SubmissionState): string {
  return state.kind === 'completed' && state.announcement !== 'done' ? 'completed-unannounced' : state.kind;
}

/** Whether a state lasts longer than one workflow task. */
function isLasting(state: SubmissionState): boolean {
  return state.kind === 'registered' ? state.unverified > 0 : nextStep(state) === undefined;
}

/** The failure for a caller that waits for a result, in a state without one. */
function failureOf(state: SubmissionState): Error {
  switch (state.kind) {
    case 'refused': {
      const type = state.problems[0]?.code ?? 'E_SCHEMA_INVALID';
      const count = state.problems.length + state.more;
      const message = `refused: ${count} problem${count === 1 ? '' : 's'}`;
      return ApplicationFailure.create({
        type,
        message,
        nonRetryable: true,
        details: [problemsToWire(state.problems, state.more)],
      });
    }
    case 'cancelled':
      return new CancelledFailure('the submission was cancelled before it was committed');
    case 'failed':
      return ApplicationFailure.create({
        type: 'E_SUBMISSION_FAILED',
        message: `${state.code}: ${state.message}`,
        nonRetryable: true,
      });
    case 'received':
    case 'registered':
    case 'topics-ready':
    case 'committed':
    case 'completed':
      return ApplicationFailure.create({
        type: 'E_INTERNAL',
        message: `no result in state ${state.kind}`,
        nonRetryable: true,
      });
  }
}
