import { create } from '@bufbuild/protobuf';
import { ApplicationFailure, rootCause } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SubmissionActivities } from '../../activities/submission.js';
import type { TopicActivities } from '../../activities/topics.js';
import { isErrorCode } from '../../domain/base/errors.js';
import { retryBudget } from '../../domain/submissions/retry-budget.js';
import {
  advance,
  nextStep,
  type SubmissionEvent,
  type SubmissionState,
  type SubmissionStep,
} from '../../domain/submissions/submission-state.js';
import {
  countsFromWire,
  countsToWire,
  problemsFromWire,
  problemsToWire,
  receiptFromWire,
  receiptToWire,
  stateKindToWire,
} from '../../proto/convert/submission.js';
import {
  type CommitSubmissionResult,
  RegisterSubmissionRequestSchema,
  type RegisterSubmissionResult,
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
import { pauseAfter } from '../../std/growing-pause.js';
import { busPublish, graphWrite, topicAdmin } from '../activity-options.js';
import { searchAttributes, submissionIdOfWorkflow } from '../contract.js';
import { submissionStory } from './submission-details.js';

const graph = proxyLocalActivities<SubmissionActivities>(graphWrite);
const bus = proxyLocalActivities<SubmissionActivities>(busPublish);
const topics = proxyActivities<TopicActivities>(topicAdmin);

/** Why a step waits to be tried again. */
interface Waiting {
  readonly step: SubmissionStep;
  readonly rounds: number;
  readonly code: string;
  readonly message: string;
}

/** What a step came back with: an event for the state machine, or a reason to wait. */
type StepOutcome =
  | SubmissionEvent
  | { readonly kind: 'wait'; readonly code: string; readonly message: string };

/** Drives the pure state machine of domain/submissions/submission-state.ts with activities and durable waits. */
export class SubmissionRun {
  readonly #request: SubmitStrategyRequest;
  readonly #ref: SubmissionRef;
  #state: SubmissionState = { kind: 'received' };
  #waiting: Waiting | undefined;
  #setBacks = 0;
  /** The commit wrote no events: whatever else is in the outbox is published by those who wrote it. */
  #silent = false;
  /** A run that was started without its state says each one it passes (docs/patches.md). */
  readonly #tellsAll: boolean;

  constructor(request: SubmitStrategyRequest) {
    const { workflowId, typedSearchAttributes } = workflowInfo();
    this.#tellsAll = typedSearchAttributes.get(searchAttributes.state) === undefined;
    this.#request = request;
    this.#ref = create(SubmissionRefSchema, {
      workflowId,
      submissionId: submissionIdOfWorkflow(workflowId) ?? '',
      traceparent: request.traceparent,
    });
  }

  /** Runs until an end state. Cancellation counts until the commit begins; from then on the work is finished. */
  async drive(): Promise<void> {
    this.#tell();
    for (let step = nextStep(this.#state); step !== undefined; step = nextStep(this.#state)) {
      const event = await this.#eventOf(step);
      this.#state = advance(this.#state, event);
      this.#waiting = undefined;
      this.#tell();
    }
  }

  status(): SubmissionStatus {
    const state = this.#state;
    return create(SubmissionStatusSchema, {
      submissionId: this.#ref.submissionId,
      strategyId: this.#request.strategyId,
      state: stateKindToWire(state.kind),
      ...('counts' in state ? { counts: countsToWire(state.counts) } : {}),
      ...(state.kind === 'registered' ? { topicsUnverified: state.unverified } : {}),
      ...(state.kind === 'refused' ? { problems: problemsToWire(state.problems, state.more) } : {}),
      ...(this.#waiting === undefined ? {} : { retrying: create(RetryingSchema, { ...this.#waiting }) }),
    });
  }

  /** Answers the `accept` update once the submission is registered; throws when it ended without. */
  async acceptance(): Promise<Acceptance> {
    await CancellationScope.nonCancellable(() => condition(() => this.#state.kind !== 'received'));
    const state = this.#state;
    if (!('counts' in state)) throw this.#failure(state);
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
    const state = this.#state;
    if (state.kind !== 'completed') throw this.#failure(state);
    return create(SubmitStrategyResultSchema, {
      receipt: receiptToWire(state.receipt),
      joined: state.joined,
    });
  }

  #failure(state: SubmissionState): Error {
    switch (state.kind) {
      case 'refused': {
        const type = state.problems[0]?.code ?? 'E_SCHEMA_INVALID';
        const message = `refused: ${state.problems.length + state.more} problems`;
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

  /** One step until it yields an event: rounds with durable pauses between them. */
  async #eventOf(step: SubmissionStep): Promise<SubmissionEvent> {
    for (let rounds = 1; ; rounds += 1) {
      const outcome = await this.#cancellable(step, () => this.#attempt(step));
      if (outcome.kind !== 'wait') return this.#countSetBack(outcome);
      if (rounds === retryBudget.roundsMax)
        return { ...outcome, kind: 'gave-up', code: isErrorCode(outcome.code) ? outcome.code : 'E_INTERNAL' };
      this.#waiting = { step, rounds, code: outcome.code, message: outcome.message };
      this.#tell();
      const interrupted = await this.#cancellable(step, () => pause(rounds));
      if (interrupted !== undefined) return interrupted;
    }
  }

  #countSetBack(event: SubmissionEvent): SubmissionEvent {
    if (event.kind !== 'set-back') return event;
    this.#setBacks += 1;
    if (this.#setBacks <= retryBudget.setBacksMax) return event;
    return { kind: 'gave-up', code: 'E_CONTENDED', message: `started over ${retryBudget.setBacksMax} times` };
  }

  /** Before the commit a cancellation ends the step, or what it waits for; from the commit on it is not heard. */
  async #cancellable<T>(step: SubmissionStep, work: () => Promise<T>): Promise<T | SubmissionEvent> {
    if (step === 'commit' || step === 'publish') return CancellationScope.nonCancellable(work);
    try {
      return await work();
    } catch (error) {
      if (!isCancellation(error)) throw error;
      await CancellationScope.nonCancellable(() => graph.cancelSubmission(this.#ref));
      return { kind: 'cancelled' };
    }
  }

  async #attempt(step: SubmissionStep): Promise<StepOutcome> {
    try {
      return await this.#perform(step);
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      return outcomeOf(error);
    }
  }

  async #perform(step: SubmissionStep): Promise<StepOutcome> {
    switch (step) {
      case 'register': {
        const request = create(RegisterSubmissionRequestSchema, {
          submission: this.#request,
          workflowId: this.#ref.workflowId,
        });
        // Not interrupted: it may commit, and whoever cancels is to know whether it did.
        const result = await CancellationScope.nonCancellable(() => graph.registerSubmission(request));
        this.#silent = result.committedNow;
        return registeredEvent(result, this.#ref.submissionId);
      }
      case 'ensure-topics':
        if (this.#state.kind === 'registered' && this.#state.unverified > 0)
          await topics.ensureTopics(this.#ref);
        return { kind: 'topics-verified' };
      case 'commit':
        return this.#commit();
      case 'publish':
        if (!this.#silent) await bus.publishOutbox();
        return { kind: 'published' };
    }
  }

  async #commit(): Promise<StepOutcome> {
    const result = await graph.commitSubmission(this.#ref);
    this.#silent = result.silent;
    return committedEvent(result);
  }

  #tell(): void {
    setCurrentDetails(submissionStory(this.#request, this.#state, this.#waiting));
    const state = this.#waiting === undefined ? this.#state.kind : 'retrying';
    // Each costs the server as much as an activity. States that are passed within one workflow task nobody could see.
    if (this.#tellsAll || this.#waiting !== undefined || isLasting(this.#state))
      upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
  }
}

/** Whether a submission stays in a state longer than its next step takes at once. */
function isLasting(state: SubmissionState): boolean {
  return state.kind === 'registered' ? state.unverified > 0 : nextStep(state) === undefined;
}

async function pause(rounds: number): Promise<undefined> {
  await sleep(pauseAfter(retryBudget.pause, rounds), { summary: `round ${rounds} failed; waiting` });
  return undefined;
}

/** A failure that cannot pass by itself ends the submission; any other is waited for. */
function outcomeOf(error: TemporalFailure): StepOutcome {
  // An activity's failure comes wrapped, a local activity's bare.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'E_INTERNAL') : 'E_INTERNAL';
  const message = rootCause(error) ?? error.message;
  const final = cause instanceof ApplicationFailure && cause.nonRetryable === true && isErrorCode(code);
  return final ? { kind: 'gave-up', code, message } : { kind: 'wait', code, message };
}

function registeredEvent(result: RegisterSubmissionResult, expectedId: string): StepOutcome {
  const { outcome } = result;
  if (outcome.case !== 'refused' && result.submissionId !== expectedId) {
    return {
      kind: 'gave-up',
      code: 'E_CHECKSUM_MISMATCH',
      message: `the content belongs to ${result.submissionId}`,
    };
  }
  switch (outcome.case) {
    case 'registered':
      return {
        kind: 'registered',
        counts: countsFromWire(outcome.value.counts),
        unverified: outcome.value.topicsUnverified,
      };
    case 'committed':
      return {
        kind: result.committedNow ? 'committed' : 'found-committed',
        receipt: receiptFromWire(outcome.value),
      };
    case 'contended':
      return {
        kind: 'wait',
        code: 'E_CONTENDED',
        message: `${outcome.value.reason}: ${outcome.value.topics.join(', ')}`,
      };
    case 'refused':
      return { kind: 'refused', problems: problemsFromWire(outcome.value), more: outcome.value.more };
    case undefined:
      return { kind: 'gave-up', code: 'E_INTERNAL', message: 'register gave no outcome' };
  }
}

function committedEvent({ outcome }: CommitSubmissionResult): StepOutcome {
  switch (outcome.case) {
    case 'committed':
      return { kind: 'committed', receipt: receiptFromWire(outcome.value) };
    case 'unverified':
    case 'notRegistered':
      return { kind: 'set-back' };
    case undefined:
      return { kind: 'gave-up', code: 'E_INTERNAL', message: 'commit gave no outcome' };
  }
}
