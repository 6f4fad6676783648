/** The workflow that creates or removes a topic, and why. */
export interface TopicAudit {
  readonly workflowId: string;
  readonly reason: string;
}

/**
 * A line of the append-only log of topic administration. The intent is written before the broker is asked and the outcome
 * afterwards, so that a process that ends in between leaves a trace of what it wanted, and why.
 */
export interface TopicLogLine extends TopicAudit {
  /** Shared by the intent and the outcome of one request. */
  readonly requestId: string;
  readonly action: 'created' | 'removed';
  readonly stage: 'intent' | 'done' | 'not-done';
  readonly topic: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why it was not done; how that is known (`foundLater`); '' = it was done, or the outcome is not known yet. */
  readonly detail: string;
}

/** Detail of a creation whose answer was lost: the topic was missing before the request and was there after it. */
export const foundLater = 'found later';

/** What was done or may have been done according to the lines, in the order of the requests (`TopicAdmin.history`). */
export function toHistory(lines: Iterable<TopicLogLine>): readonly TopicHistoryEntry[] {
  const intents = new Map<string, TopicLogLine>();
  const stages = new Map<string, 'done' | 'not-done'>();
  for (const line of lines) {
    const key = JSON.stringify([line.requestId, line.action, line.topic]);
    if (line.stage === 'intent') intents.set(key, line);
    else stages.set(key, line.stage);
  }
  return [...intents].flatMap(([key, { action, topic, workflowId, reason, at }]) => {
    const stage = stages.get(key);
    if (stage === 'not-done') return [];
    return [{ action, topic, outcome: stage ?? 'unknown', workflowId, reason, at }];
  });
}

export interface TopicHistoryEntry extends TopicAudit {
  readonly action: 'created' | 'removed';
  readonly topic: string;
  readonly outcome: 'done' | 'unknown';
  /** Milliseconds since the epoch at which the broker was asked. */
  readonly at: number;
}
