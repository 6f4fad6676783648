import { pause } from './client.js';
import type { ClusterReader } from './cluster.js';

/**
 * How long the metadata of a broker may lag behind the controller before we go on regardless. A broker shows the next change
 * only when it has made the logs of the last one: after 500 topics that is some seconds on a slow disk.
 */
const settleMs = 7_000;
const pauseMsMax = 200;

/**
 * Waits until the broker that answers us shows what the controller did, and new topics can be written to, so that who comes
 * next finds them so. Past the wait the caller's own verification decides.
 */
export async function settle(
  reader: ClusterReader,
  topics: readonly string[],
  state: 'present' | 'absent',
  msMax: number = settleMs,
): Promise<void> {
  if (topics.length === 0) return;
  const deadline = performance.now() + msMax;
  for (
    let pauseMs = 2;
    !(await isSettled(reader, topics, state));
    pauseMs = Math.min(pauseMs * 2, pauseMsMax)
  ) {
    if (performance.now() > deadline) return;
    await pause(pauseMs);
  }
}

async function isSettled(
  reader: ClusterReader,
  topics: readonly string[],
  state: 'present' | 'absent',
): Promise<boolean> {
  if (state === 'present') {
    const metadata = await reader.topics(topics);
    return metadata !== undefined && reader.areServed(metadata);
  }
  // Asking for one is cheap; all names of the cluster are asked for once it is gone.
  if ((await reader.topics(topics.slice(-1))) !== undefined) return false;
  const { topicMetadata } = await reader.everything();
  const names = new Set(topicMetadata.map(({ topic }) => topic));
  return !topics.some((topic) => names.has(topic));
}
