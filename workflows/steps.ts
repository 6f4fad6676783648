import { ApplicationFailure, rootCause } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  TemporalFailure,
} from '@temporalio/workflow';
import { type ErrorCode, isErrorCode } from '../domain/base/errors.js';
import { isOperatorFault } from '../domain/submissions/retry-budget.js';
import { type GrowingPause, pauseAfter } from '../std/growing-pause.js';

/** Why a step waits for its next round. `rounds`: the number of failed rounds so far. */
export interface Waiting<Step> {
  readonly step: Step;
  readonly rounds: number;
  readonly code: string;
  readonly message: string;
}

/** A step cannot continue now, but may later. */
export interface Wait {
  readonly kind: 'wait';
  readonly code: string;
  readonly message: string;
}

/** Why a step is given up: its round budget is used up, or its failure is final. */
export interface GivenUp {
  readonly kind: 'gave-up';
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * `throughout`: whatever the step waits for is cancelled; what must not be shields itself. `between-rounds`: a round is finished; a
 * cancellation counts before it and before the next one. `never`: an earlier step began what has to be finished.
 */
type Cancellable = 'throughout' | 'between-rounds' | 'never';

/** A pure state machine, and the work of its steps. */
export interface SteppedWork<State, Step, Event> {
  readonly start: State;
  /** The step that moves a state on; undefined in an end state. */
  readonly nextStep: (state: State) => Step | undefined;
  readonly advance: (state: State, event: Event) => State;
  /** One round of a step: its activities, with their own attempts. A thrown Temporal failure is final or leads to another round. */
  readonly perform: (step: Step, state: State) => Promise<Event | Wait | GivenUp>;
  /** Until when a cancellation stops a step or the wait before its next round. */
  readonly cancellable: (step: Step) => Cancellable;
  /** Undoes what can be undone when a cancellation stops a step; undefined when it is too late. As patient as the work, and not cancelled itself. */
  readonly undo: () => Promise<Event | undefined>;
  /** Ends the wait before the next round of a step early. */
  readonly woken?: (step: Step) => boolean;
  readonly budget: { readonly roundsMax: number; readonly pause: GrowingPause };
  /** Called at the start, after every change of state, and before every wait. */
  readonly onChange: (state: State, waiting: Waiting<Step> | undefined) => void;
}

/**
 * Drives the steps of durable work to an end state: rounds of activities with durable, growing pauses between them, and
 * cancellation for as long as it can be honoured.
 */
export class StepDriver<State, Step, Event extends { readonly kind: string }> {
  readonly #work: SteppedWork<State, Step, Event | GivenUp>;
  #state: State;
  #waiting: Waiting<Step> | undefined;
  /** The scope of the whole work, which a cancellation of the workflow cancels. */
  #scope: CancellationScope | undefined;

  constructor(work: SteppedWork<State, Step, Event | GivenUp>) {
    this.#work = work;
    this.#state = work.start;
  }

  get state(): State {
    return this.#state;
  }

  /** Set while a step waits for its next round. */
  get waiting(): Waiting<Step> | undefined {
    return this.#waiting;
  }

  async run(): Promise<State> {
    const { nextStep, advance } = this.#work;
    this.#scope = CancellationScope.current();
    this.#changed();
    for (let step = nextStep(this.#state); step !== undefined; step = nextStep(this.#state)) {
      const event = await (this.#isCancelledBefore(step) ? this.#undoneBefore(step) : this.#eventOf(step));
      this.#state = advance(this.#state, event);
      this.#waiting = undefined;
      this.#changed();
    }
    return this.#state;
  }

  /** Rounds of one step until it yields an event. */
  async #eventOf(step: Step): Promise<Event | GivenUp> {
    const { roundsMax } = this.#work.budget;
    for (let rounds = 1; ; rounds += 1) {
      const outcome = await this.#cancellable(step, () => this.#round(step));
      if (!isWait(outcome)) return outcome;
      if (rounds === roundsMax) return gaveUp(outcome);
      this.#wait(step, rounds, outcome);
      const interrupted = await this.#cancellable(step, () => this.#pause(step, rounds));
      if (interrupted !== undefined) return interrupted;
    }
  }

  #wait(step: Step, rounds: number, { code, message }: Wait): void {
    this.#waiting = { step, rounds, code, message };
    this.#changed();
  }

  /** The steps before may have waited for nothing that a cancellation interrupts. */
  #isCancelledBefore(step: Step): boolean {
    if (this.#work.cancellable(step) !== 'between-rounds') return false;
    return CancellationScope.current().consideredCancelled && patched('cancelled-between-steps');
  }

  async #undoneBefore(step: Step): Promise<Event | GivenUp> {
    return (await this.#undone(step)) ?? this.#eventOf(step);
  }

  /** Rounds of the undoing, like those of a step: what is away when a submission is cancelled comes back. */
  async #undone(step: Step): Promise<Event | GivenUp | undefined> {
    return CancellationScope.nonCancellable(async () => {
      for (let rounds = 1; ; rounds += 1) {
        const outcome = await this.#attempt(this.#work.undo);
        if (outcome === undefined || !isWait(outcome)) return outcome;
        if (rounds === this.#work.budget.roundsMax) return gaveUp(outcome);
        this.#wait(step, rounds, outcome);
        await condition(() => false, pauseAfter(this.#work.budget.pause, rounds));
      }
    });
  }

  /** Waits before the next round. An event when a cancellation that counts between rounds was undone. */
  async #pause(step: Step, rounds: number): Promise<Event | GivenUp | undefined> {
    const { budget, cancellable, woken = () => false } = this.#work;
    const scope = this.#scope;
    const isCancelled = () =>
      cancellable(step) === 'between-rounds' &&
      scope?.consideredCancelled === true &&
      patched('cancelled-between-rounds');
    await condition(() => woken(step) || isCancelled(), pauseAfter(budget.pause, rounds));
    return isCancelled() ? this.#undone(step) : undefined;
  }

  async #cancellable<T>(step: Step, work: () => Promise<T>): Promise<T | Event | GivenUp> {
    if (this.#work.cancellable(step) !== 'throughout') return CancellationScope.nonCancellable(work);
    try {
      return await work();
    } catch (error) {
      if (!isCancellation(error)) throw error;
      return (await this.#undone(step)) ?? CancellationScope.nonCancellable(work);
    }
  }

  #round(step: Step): Promise<Event | Wait | GivenUp> {
    return this.#attempt(() => this.#work.perform(step, this.#state));
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | Wait | GivenUp> {
    try {
      return await work();
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      return outcomeOf(error);
    }
  }

  #changed(): void {
    this.#work.onChange(this.#state, this.#waiting);
  }
}

function gaveUp({ code, message }: Wait): GivenUp {
  return { kind: 'gave-up', code: isErrorCode(code) ? code : 'E_INTERNAL', message };
}

function isWait(outcome: { readonly kind: string }): outcome is Wait {
  return outcome.kind === 'wait';
}

/** A final failure ends the work; after any other, and one that an operator repairs, the step waits for its next round. */
function outcomeOf(error: TemporalFailure): Wait | GivenUp {
  // The failure of an activity comes wrapped, that of a local activity does not.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'E_INTERNAL') : 'E_INTERNAL';
  const message = rootCause(error) ?? error.message;
  const isFinal = cause instanceof ApplicationFailure && cause.nonRetryable === true && isErrorCode(code);
  if (!isFinal || (isOperatorFault(code) && patched('operator-faults-wait')))
    return { kind: 'wait', code, message };
  return { kind: 'gave-up', code, message };
}
