import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** How one process tells what it does. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}
