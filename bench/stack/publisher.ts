import { setTimeout as delay } from 'node:timers/promises';
import { createPublishActivities } from '../../activities/publish-events.js';
import type { Stores } from '../../workers/stores/stores.js';

/** The work of the publisher without workflows: nothing is listening for its signals. */
export function publisherOf({ graph, bus }: Pick<Stores, 'graph' | 'bus'>) {
  return createPublishActivities({
    graph,
    bus,
    signals: { wakePublisher: async () => undefined, announced: async () => undefined },
    now: Date.now,
    sleep: async (ms) => {
      await delay(ms);
    },
    heartbeat: () => {},
  });
}
