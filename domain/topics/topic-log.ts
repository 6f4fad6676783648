import { limits } from '../base/limits.js';

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
  /** Id of the installation that asked; '' = unknown. */
  readonly installation: string;
}

/** Detail of a creation whose answer was lost: the topic was missing before the request and was there after it. */
export const foundLater = 'found later';

/**
 * What was done or may have been done according to the lines (`TopicAdmin.history`), each request where its outcome stands, and at the
 * end those without one. At most `openMax` requests are kept: then the oldest of them counts as one without an outcome.
 */
export async function* joinHistory(
  lines: AsyncIterable<TopicLogLine>,
  openMax: number = limits.topicRequestsOpenMax,
): AsyncGenerator<TopicHistoryEntry, void, undefined> {
  const open = new Map<string, TopicLogLine>();
  for await (const line of lines) {
    const key = JSON.stringify([line.requestId, line.action, line.topic]);
    yield* decidedBy(line, key, open);
    // A line opens one request at most.
    const [oldest] = open.size > openMax ? open : [];
    if (oldest === undefined) continue;
    open.delete(oldest[0]);
    yield entryOf(oldest[1], 'unknown');
  }
  for (const intent of open.values()) yield entryOf(intent, 'unknown');
}

function* decidedBy(
  line: TopicLogLine,
  key: string,
  open: Map<string, TopicLogLine>,
): Generator<TopicHistoryEntry, void, undefined> {
  if (line.stage === 'intent') {
    open.set(key, line);
    return;
  }
  const intent = open.get(key);
  open.delete(key);
  if (line.stage === 'done' && intent !== undefined) yield entryOf(intent, 'done');
}

function entryOf(
  { action, topic, workflowId, reason, at, installation }: TopicLogLine,
  outcome: TopicHistoryEntry['outcome'],
): TopicHistoryEntry {
  return { action, topic, outcome, workflowId, reason, at, installation };
}

export interface TopicHistoryEntry extends TopicAudit {
  readonly action: 'created' | 'removed';
  readonly topic: string;
  readonly outcome: 'done' | 'unknown';
  /** Milliseconds since the epoch at which the broker was asked. */
  readonly at: number;
  /** Id of the installation that asked; '' = unknown. */
  readonly installation: string;
}
