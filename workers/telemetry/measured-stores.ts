import { isQmtlError } from '../../domain/base/errors.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { Metrics } from './metrics.js';

/** The metrics of the service level: the duration of a diff, and topics that were not created. */
export interface MeasuredStores {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
}

/** The same stores; diffs are timed and failed topic creations counted. */
export function measured({ graph, topics }: MeasuredStores, metrics: Metrics): MeasuredStores {
  return {
    graph: {
      ...graph,
      register: async (request) => {
        const started = performance.now();
        const outcome = await graph.register(request);
        metrics.diffTook(performance.now() - started);
        return outcome;
      },
    },
    topics: {
      ...topics,
      create: async (specs, audit) => {
        try {
          const outcomes = await topics.create(specs, audit);
          const failed = outcomes.filter(({ kind }) => kind === 'failed').length;
          if (failed > 0) metrics.topicsNotCreated('E_TOPIC_REJECTED', failed);
          return outcomes;
        } catch (error) {
          metrics.topicsNotCreated(isQmtlError(error) ? error.code : 'E_INTERNAL', specs.length);
          throw error;
        }
      },
    },
  };
}
