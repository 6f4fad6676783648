import type { SubmissionId } from '../base/ids.js';
import type { RefusedEvent, SequencedEvent } from './control-bus.js';

/** An unsent event, and the submissions that wait for it. */
export interface UnsentEvent extends SequencedEvent {
  readonly submissionIds: readonly SubmissionId[];
}

/** How far the events of a submission are. */
export interface Announcement {
  /** Something is not on the bus yet. */
  readonly waiting: boolean;
  /** Events that the bus refused. */
  readonly parked: number;
}

/** What an operator does with a parked event: send it again, or give it up. */
export const redriveActions = ['retry', 'drop'] as const;
export type RedriveAction = (typeof redriveActions)[number];

/**
 * The events of commits on their way to the bus. One publisher works at a time: its methods take the fence that `takeOutbox`
 * returned, and throw E_PRODUCER_FENCED once another one has taken over, with nothing changed.
 *
 * Each method is one transaction, bounded by its arguments, and safe to repeat.
 */
export interface Outbox {
  /** Takes over the outbox; every earlier fence is void. */
  takeOutbox(at: number): Promise<number>;
  /** Marks the sets that the oldest activations changed. Returns the number of activations it took or went on with; 0 = none are left. */
  takeActivations(fence: number, activationsMax: number, at: number): Promise<number>;
  /**
   * Turns marked sets into events, each with its queues of now, its next version and its place in its stream. `dueAt`: sets are
   * left, and the next one may be announced then.
   */
  announceSets(
    fence: number,
    setsMax: number,
    at: number,
  ): Promise<{ readonly announced: number; readonly dueAt?: number }>;
  /** The oldest unsent events, each stream in the order of `seq`; at most `bytesMax` of content, but always one. Again the same until they are sent. */
  unsentEvents(
    fence: number,
    eventsMax: number,
    bytesMax: number,
    at: number,
  ): Promise<readonly UnsentEvent[]>;
  /** Removes events that the bus holds. */
  removeSent(fence: number, eventIds: readonly string[]): Promise<void>;
  /** Takes refused events out of the way of the others. */
  parkEvents(fence: number, refused: readonly RefusedEvent[], at: number): Promise<void>;
  /** How far the events of each submission are; an unknown one has none. */
  announcements(submissionIds: readonly SubmissionId[]): Promise<ReadonlyMap<SubmissionId, Announcement>>;
  /** Sends parked events again, or deletes them. Returns the ids that were parked. */
  redrive(eventIds: readonly string[], action: RedriveAction): Promise<readonly string[]>;
}
