/** A point at which a worker can be killed. */
export interface CrashPoint {
  /** The activity that runs. */
  readonly activity: string;
  /** `store operation` of a driver call in it; '' = the activity itself. */
  readonly call: string;
  /** `before` a call; `after` its effect; `ack`: the activity is done, but Temporal does not have its result yet. */
  readonly phase: 'before' | 'after' | 'ack';
}

export function nameOf({ activity, call, phase }: CrashPoint): string {
  return phase === 'ack' ? `${activity}, before its acknowledgement` : `${activity}, ${phase} ${call}`;
}
