import { setTimeout as pause } from 'node:timers/promises';
import { pauseAfter } from '../../std/growing-pause.js';
import type { ClusterReader } from './cluster-reader.js';

/**
 * How long the metadata of a broker may lag behind the controller before we go on regardless. A broker shows the next change
 * only when it has made the logs of the last one: after 500 topics that is some seconds on a slow disk.
 */
const waitMs = 7_000;
const betweenLooks = { firstMs: 2, factor: 2, longestMs: 200 } as const;

/**
 * What topics are waited to be. `present`: in the metadata, so they exist for good. `served`: their leaders answer for them too,
 * which takes seconds longer after many were made; writers wait for that themselves.
 */
type TopicState = 'present' | 'served' | 'absent';

/**
 * Waits until the broker that answers us shows what the controller did, so that who asks next sees it too. Past the wait the
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
  // Asking for one is cheap; all names of the cluster are asked for once it is gone.
  if ((await reader.topics(topics.slice(-1))) !== undefined) return false;
  const { topicMetadata } = await reader.everything();
  const names = new Set(topicMetadata.map(({ topic }) => topic));
  return !topics.some((topic) => names.has(topic));
}
