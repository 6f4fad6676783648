/** A place in a worker where it can be ended. */
export interface CrashPoint {
  /** The activity that runs. */
  readonly activity: string;
  /** `store operation` of a driver call in it; '' = the activity itself. */
  readonly call: string;
  /** `before` a call; `after` its effect; `ack`: the activity is done, Temporal has not heard of it. */
  readonly phase: 'before' | 'after' | 'ack';
}

export function nameOf({ activity, call, phase }: CrashPoint): string {
  return phase === 'ack' ? `${activity}, before its acknowledgement` : `${activity}, ${phase} ${call}`;
}
