import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryControlBus } from '../../bus/memory/control-bus.js';
import { memoryRecordLog } from '../../bus/memory/record-log.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import type { ControlBus } from '../../domain/ports/control-bus.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { memoryGraphStore } from '../../graph/memory/store.js';

/** The adapters of one process. */
export interface Stores {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
  readonly bus: ControlBus;
  readonly log: RecordLog;
  close(): Promise<void>;
}

/** The dev profile without DSNs: everything in this process, gone when it ends. `now` returns milliseconds since the epoch. */
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
