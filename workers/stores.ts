import { MemoryBroker } from '../bus/memory/broker.js';
import { memoryControlBus } from '../bus/memory/control-bus.js';
import { memoryRecordLog } from '../bus/memory/record-log.js';
import { memoryTopicAdmin } from '../bus/memory/topic-admin.js';
import type { Config } from '../config/schema.js';
import { QmtlError } from '../domain/errors.js';
import type { ControlBus } from '../domain/ports/control-bus.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { RecordLog } from '../domain/ports/record-log.js';
import type { TopicAdmin } from '../domain/ports/topic-admin.js';
import { memoryGraphStore } from '../graph/memory/store.js';

/** The adapters of one profile. */
export interface Stores {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
  readonly bus: ControlBus;
  readonly log: RecordLog;
  close(): Promise<void>;
}

/** Opens the stores a configuration asks for. `now` gives milliseconds since the epoch. */
export function openStores(config: Config, now: () => number): Stores {
  const { neo4j_dsn, kafka_dsn, controlbus_dsn } = config.dagmanager;
  const named = Object.entries({ neo4j_dsn, kafka_dsn, controlbus_dsn }).filter(([, dsn]) => dsn !== '');
  if (named.length > 0) {
    throw new QmtlError(
      'E_CONFIG',
      `${named.map(([name]) => `dagmanager.${name}`).join(', ')}: this release has no adapter for it`,
      {
        hint: 'leave the DSNs empty and use profile dev: graph and broker then live in this process',
      },
    );
  }
  return memoryStores(now);
}

/** The dev profile: everything in this process, gone when it ends. */
export function memoryStores(now: () => number): Stores {
  const broker = new MemoryBroker();
  const graph = memoryGraphStore();
  const bus = memoryControlBus(broker, now);
  const log = memoryRecordLog(broker);
  return {
    graph,
    topics: memoryTopicAdmin(broker, now),
    bus,
    log,
    close: async () => {
      await bus.close();
      await log.close();
      await graph.close();
    },
  };
}
