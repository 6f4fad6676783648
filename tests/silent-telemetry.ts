import { processMetrics } from '../workers/telemetry/metrics.js';
import type { Telemetry } from '../workers/telemetry/telemetry.js';

/** Telemetry for tests that do not check it. Errors of the worker are shown, since they explain why a test waits. */
export function silentTelemetry(): Telemetry {
  return {
    log: (level, message, fields) => {
      if (level === 'error') console.error(message, fields);
    },
    metrics: processMetrics('test', 'test', Date.now),
  };
}
