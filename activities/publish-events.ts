import { create } from '@bufbuild/protobuf';
import { isQmtlError, QmtlError } from '../domain/base/errors.js';
import type { SubmissionId } from '../domain/base/ids.js';
import { limits } from '../domain/base/limits.js';
import type { ControlBus } from '../domain/ports/control-bus.js';
import type { GraphReads } from '../domain/ports/graph-reads.js';
import type { Outbox, UnsentEvent } from '../domain/ports/outbox.js';
import type { WorkflowSignals } from '../domain/submissions/workflow-signals.js';
import { redriveActionFromWire } from '../proto/convert/outbox.js';
import {
  type PublishProgress,
  PublishProgressSchema,
  type RedriveRequest,
  type RedriveResult,
  RedriveResultSchema,
} from '../proto/gen/qmtl/v1/steps_pb.js';
import { mapBounded } from '../std/map-bounded.js';
import { translated } from './failure.js';
import { withHeartbeats } from './heartbeats.js';

export interface PublishDeps {
  readonly graph: Outbox & Pick<GraphReads, 'totals'>;
  readonly bus: ControlBus;
  readonly signals: WorkflowSignals;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds, or rejects when the activity is cancelled. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Heartbeats to Temporal. */
  readonly heartbeat: (progress: PublishProgress) => void;
}

/** A round returns after this, so that its history shows that it works. */
const roundMs = 30_000;
/** Submissions that are signalled at once. */
const signalsAtOnceMax = 8;

/** The work of the publisher (docs/spec/events.md#publishing). */
export function createPublishActivities(deps: PublishDeps) {
  return {
    publishEvents: translated(() => publishEvents(deps)),
    redriveEvents: translated((request: RedriveRequest) => redriveEvents(deps, request)),
    wakeIfWaiting: translated(() => wakeIfWaiting(deps)),
  };
}

export type PublishActivities = ReturnType<typeof createPublishActivities>;

/** Publishes until the outbox is empty, or the round is over. Takes over the outbox: an attempt that is thought dead publishes no more. */
async function publishEvents(deps: PublishDeps): Promise<PublishProgress> {
  const progress = create(PublishProgressSchema);
  return withHeartbeats(
    () => deps.heartbeat(progress),
    async () => {
      const publisher = new Publisher(deps, await deps.graph.takeOutbox(deps.now()), progress);
      progress.more = !(await emptied(deps, publisher));
      return progress;
    },
  );
}

/** False when the round ended before. */
async function emptied({ now, sleep }: PublishDeps, publisher: Publisher): Promise<boolean> {
  for (const end = now() + roundMs; now() <= end; ) {
    publisher.beat();
    const { worked, dueAt } = await publisher.pass();
    if (!worked && dueAt === undefined) return true;
    // Rejects when the activity is cancelled.
    await sleep(worked || dueAt === undefined ? 0 : pauseUntil(dueAt, now()));
  }
  return false;
}

/** A due time of another clock never makes the publisher wait longer than its own pause. */
function pauseUntil(dueAt: number, now: number): number {
  return Math.min(Math.max(dueAt - now, 1), limits.setAnnouncementPauseMs);
}

/** One holder of the outbox: activations become changed sets, changed sets events, and events go to the bus. */
class Publisher {
  readonly #deps: PublishDeps;
  readonly #fence: number;
  readonly #progress: PublishProgress;
  readonly #activations = new ShrinkingBatch(limits.activationsBatchMax);
  readonly #sets = new ShrinkingBatch(limits.setsBatchMax);

  constructor(deps: PublishDeps, fence: number, progress: PublishProgress) {
    this.#deps = deps;
    this.#fence = fence;
    this.#progress = progress;
  }

  beat(): void {
    this.#deps.heartbeat(this.#progress);
  }

  /** One batch of each. `dueAt`: a set waits until then. */
  async pass(): Promise<{ readonly worked: boolean; readonly dueAt?: number }> {
    const { graph, now } = this.#deps;
    // First what is ready: while the bus is away nothing is announced, so that changes of a set stay one announcement.
    const { outboxBatchMax, outboxBatchBytesMax } = limits;
    const events = await graph.unsentEvents(this.#fence, outboxBatchMax, outboxBatchBytesMax, now());
    if (events.length > 0) await this.#send(events);
    const taken = await this.#activations.run((max) => graph.takeActivations(this.#fence, max, now()));
    const { announced, dueAt } = await this.#sets.run((max) => graph.announceSets(this.#fence, max, now()));
    const worked = taken + announced + events.length > 0;
    return { worked, ...(dueAt === undefined ? {} : { dueAt }) };
  }

  async #send(events: readonly UnsentEvent[]): Promise<void> {
    const { graph, bus, now } = this.#deps;
    const refused = await bus.publish(events);
    const gone = new Set(refused.map(({ id }) => id));
    const sent = events.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
    if (refused.length > 0) await graph.parkEvents(this.#fence, refused, now());
    if (sent.length > 0) await graph.removeSent(this.#fence, sent);
    this.#progress.published += sent.length;
    this.#progress.parked += refused.length;
    const submissionIds = [...new Set(events.flatMap((event) => event.submissionIds))];
    await this.#signal(submissionIds).catch(() => undefined);
  }

  /** Only shortens the wait of a submission: it looks for itself from time to time, so a signal that fails is not repeated. */
  async #signal(submissionIds: readonly SubmissionId[]): Promise<void> {
    const { graph, signals } = this.#deps;
    for (let from = 0; from < submissionIds.length; from += limits.outboxBatchMax) {
      const found = await graph.announcements(submissionIds.slice(from, from + limits.outboxBatchMax));
      const done = [...found].flatMap(([id, { waiting }]) => (waiting ? [] : [id]));
      await mapBounded(done, signalsAtOnceMax, (id) => signals.announced(id).catch(() => undefined));
    }
  }
}

/** The size of a batch: halved when its transaction takes too long, down to one. */
class ShrinkingBatch {
  #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(work: (max: number) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work(this.#max);
      } catch (error) {
        if (this.#max === 1 || !isQmtlError(error) || error.code !== 'E_GRAPH_UNAVAILABLE') throw error;
        this.#max = Math.floor(this.#max / 2);
      }
    }
  }
}

async function redriveEvents(
  deps: PublishDeps,
  { eventIds, action }: RedriveRequest,
): Promise<RedriveResult> {
  if (eventIds.length > limits.redriveIdsMax) {
    throw new QmtlError('E_LIMIT_EXCEEDED', `${eventIds.length} events are more than one call takes`, {
      hint: `give at most ${limits.redriveIdsMax} ids`,
    });
  }
  const redriven = await deps.graph.redrive(eventIds, redriveActionFromWire(action));
  return create(RedriveResultSchema, { eventIds: [...redriven] });
}

/** Wakes the publisher when something waits. */
async function wakeIfWaiting({ graph, signals }: PublishDeps): Promise<void> {
  const { outboxDepth } = await graph.totals();
  if (outboxDepth > 0) await signals.wakePublisher();
}
