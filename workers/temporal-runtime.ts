import { DefaultLogger, type LogLevel, NativeConnection, Runtime } from '@temporalio/worker';
import type { Config } from '../config/schema.js';
import { connectionError, connectionOptions, type TemporalAccess } from '../temporal/connection.js';
import type { Log } from './telemetry/log.js';

const levels = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
} as const satisfies Record<Config['log_level'], string>;

const logLevels = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, Config['log_level']>;

export interface RuntimeOptions {
  readonly level: Config['log_level'];
  readonly log: Log;
  /** host:port of the Prometheus endpoint of Temporal's own metrics; absent: off. */
  readonly metricsAddress?: string;
}

/** Forwards the log of Temporal's runtime to the process log. Call once, before the first connection. The process handles signals itself. */
export function installTemporalRuntime({ level, log, metricsAddress }: RuntimeOptions): void {
  Runtime.install({
    logger: new DefaultLogger(levels[level], (entry) => {
      // The activity log has a line with the reason.
      if (entry.message !== 'Activity failed')
        log(logLevels[entry.level], `temporal: ${entry.message}`, { ...entry.meta });
    }),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } },
      ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  });
}

/** The worker's own connection; closing the last one ends the runtime. */
export async function connectWorker(access: TemporalAccess): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions(access));
  } catch (cause) {
    throw connectionError(access, cause);
  }
}
