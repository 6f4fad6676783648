import { processMetrics } from '../workers/telemetry/metrics.js';
import type { Telemetry } from '../workers/telemetry/telemetry.js';

/** For tests that look elsewhere; errors of the worker are shown, or nobody would know why a test waits. */
export function silentTelemetry(): Telemetry {
  return {
    log: (level, message, fields) => {
      if (level === 'error') console.error(message, fields);
    },
    metrics: processMetrics('test', 'test', Date.now),
  };
}
