import { setTimeout as pause } from 'node:timers/promises';
import { pauseAfter } from '../../std/growing-pause.js';
import type { ClusterReader } from './cluster-reader.js';

/**
 * How long to wait for a broker whose metadata lags behind the controller. A broker shows the next change only when it has
 * created the logs of the last one: after 500 topics that takes some seconds on a slow disk.
 */
const waitMs = 7_000;
const betweenLooks = { firstMs: 2, factor: 2, longestMs: 200 } as const;

/**
 * The awaited state of topics. `present`: in the metadata, so they exist. `served`: their leaders serve them too, which takes
 * seconds longer after many were created; writers wait for that themselves.
 */
type TopicState = 'present' | 'served' | 'absent';

/**
 * Waits until the connected broker shows what the controller did, so that the next request sees it too. After that time the
 * caller's own verification decides.
 */
export async function waitForTopics(
  reader: ClusterReader,
  topics: readonly string[],
  state: TopicState,
  msMax: number = waitMs,
): Promise<void> {
  if (topics.length === 0) return;
  const deadline = performance.now() + msMax;
  for (let looks = 1; !(await isInState(reader, topics, state)); looks += 1) {
    if (performance.now() > deadline) return;
    await pause(pauseAfter(betweenLooks, looks));
  }
}

async function isInState(
  reader: ClusterReader,
  topics: readonly string[],
  state: TopicState,
): Promise<boolean> {
  if (state !== 'absent') {
    const metadata = await reader.topics(topics);
    return metadata !== undefined && (state === 'present' || reader.areServed(metadata));
  }
  // Reading one topic is cheap; all names of the cluster are read once it is gone.
  if ((await reader.topics(topics.slice(-1))) !== undefined) return false;
  const { topicMetadata } = await reader.everything();
  const names = new Set(topicMetadata.map(({ topic }) => topic));
  return !topics.some((topic) => names.has(topic));
}
