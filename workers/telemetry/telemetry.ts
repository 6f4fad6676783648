import type { Config } from '../../config/schema.js';
import { packageVersion } from '../../std/node/package-root.js';
import { jsonLog, type Log } from './log.js';
import { type Metrics, processMetrics } from './metrics.js';

/** The log and the metrics of one process. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Metrics, and a JSON log whose lines are passed to `write`. `embedded` runs inside an interactive command, so it logs errors
 * only, unless the level is `debug`.
 */
export function processTelemetry(
  { log_level: asked }: Pick<Config, 'log_level'>,
  processName: 'worker' | 'api' | 'embedded',
  write: (line: string) => void,
): Telemetry {
  const level = processName === 'embedded' && asked !== 'debug' ? 'error' : asked;
  return {
    log: jsonLog(level, processName, write),
    metrics: processMetrics(packageVersion, processName, Date.now),
  };
}
