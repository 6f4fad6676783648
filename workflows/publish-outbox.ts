import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { PublishActivities } from '../activities/publish-events.js';
import type { PublishProgress } from '../proto/gen/qmtl/v1/steps_pb.js';
import { outboxDecision, publishing } from './activity-options.js';
import { redriveUpdate, wakeSignal } from './contract.js';

const { publishEvents } = proxyActivities<PublishActivities>(publishing);
const { redriveEvents } = proxyActivities<PublishActivities>(outboxDecision);

/** A run without work ends after this; the next commit starts another one. */
const idle = '30 seconds';
/** Pause after a failure that no attempt of the same activity can help with, such as a refused login. */
const pauseAfterFailure = '30 seconds';

/**
 * Publishes the events of all commits (docs/spec/events.md#publishing). Its id is fixed, so one run exists at a time; commits start or
 * wake it. It goes on through every failure: the events of a commit are never given up.
 */
export async function publishOutbox(): Promise<void> {
  const state: PublisherState = { woken: true, published: 0, parked: 0 };
  setHandler(wakeSignal, () => {
    state.woken = true;
  });
  setHandler(redriveUpdate, async (request) => {
    const result = await redriveEvents(request);
    state.woken = true;
    return result;
  });
  // What a handler woke it for after the idle time is not left to the next run.
  do {
    await publishUntilIdle(state);
    await condition(allHandlersFinished);
  } while (isWoken(state));
}

interface PublisherState {
  woken: boolean;
  published: number;
  parked: number;
}

function isWoken(state: PublisherState): boolean {
  return state.woken;
}

async function publishUntilIdle(state: PublisherState): Promise<void> {
  while (state.woken || (await condition(() => state.woken, idle))) {
    state.woken = false;
    const progress = await publishedOr((failure) =>
      setCurrentDetails(`${details(state)}\n\nIt failed and goes on: ${failure}`),
    );
    if (progress === undefined || progress.more) state.woken = true;
    if (progress !== undefined) {
      state.published += progress.published;
      state.parked += progress.parked;
      setCurrentDetails(details(state));
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof publishOutbox>();
    }
  }
}

/** One round; undefined when it failed, after `failed` and, when no further attempt would help, a pause that no commit ends. */
async function publishedOr(failed: (failure: string) => void): Promise<PublishProgress | undefined> {
  try {
    return await publishEvents();
  } catch (error) {
    if (isCancellation(error)) throw error;
    failed(rootCause(error) ?? String(error));
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.nonRetryable === true) await sleep(pauseAfterFailure);
    return undefined;
  }
}

function details({ published, parked }: PublisherState): string {
  const refused = parked === 0 ? '' : `, ${parked} refused by the bus (\`qmtl outbox list\`)`;
  return `${published} events published by this run${refused}.`;
}
