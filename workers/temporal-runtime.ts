import { DefaultLogger, type LogEntry, NativeConnection, Runtime } from '@temporalio/worker';
import type { Config } from '../config/schema.js';
import { noServerAt } from '../temporal/connection.js';

const levels = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
} as const satisfies Record<Config['log_level'], string>;

/** Sends the log of Temporal's runtime to one place. Call once, before the first connection. The process handles signals itself. */
export function installTemporalRuntime(level: Config['log_level'], write: (entry: LogEntry) => void): void {
  Runtime.install({
    logger: new DefaultLogger(levels[level], write),
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}

/** The worker's own connection; closing the last one ends the runtime. */
export async function connectWorker(address: string): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address });
  } catch (cause) {
    throw noServerAt(address, cause);
  }
}
