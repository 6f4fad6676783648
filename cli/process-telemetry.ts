import type { Config } from '../config/schema.js';
import { jsonLog } from '../workers/telemetry/log.js';
import { processMetrics } from '../workers/telemetry/metrics.js';
import type { Telemetry } from '../workers/telemetry/telemetry.js';
import type { CliIo } from './io.js';
import { version } from './version.js';

/** Metrics, and a JSON log on standard error. `embedded` stands beside what a person reads, so it only tells of errors. */
export function processTelemetry(
  io: CliIo,
  config: Config,
  processName: 'worker' | 'api' | 'embedded',
): Telemetry {
  const { log_level: asked } = config;
  const level = processName === 'embedded' && asked !== 'debug' ? 'error' : asked;
  return {
    log: jsonLog(level, processName, (line) => io.note(line)),
    metrics: processMetrics(version, processName, Date.now),
  };
}
