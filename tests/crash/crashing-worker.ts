import { appendFileSync } from 'node:fs';
import { Context } from '@temporalio/activity';
import { loadConfig } from '../../config/load.js';
import { Teardown } from '../../std/teardown.js';
import { temporalAccess } from '../../workers/stores/access.js';
import { openStores } from '../../workers/stores/stores.js';
import { processMetrics } from '../../workers/telemetry/metrics.js';
import type { Telemetry } from '../../workers/telemetry/telemetry.js';
import { startWorker } from '../../workers/worker.js';
import { type CrashPoint, nameOf } from './crash-point.js';

/**
 * `qmtl worker`, killed with SIGKILL when it reaches QMTL_CRASH_AT (a `CrashPoint` in JSON); every point it passes is
 * appended to QMTL_CRASH_LOG, one JSON object per line. It is killed in the callbacks for metrics and log, so no product code
 * knows about crash tests.
 */
const crashAt = process.env.QMTL_CRASH_AT ?? '';
const passed = process.env.QMTL_CRASH_LOG ?? '';

function pass(point: CrashPoint): void {
  if (passed !== '') appendFileSync(passed, `${JSON.stringify(point)}\n`);
  if (crashAt !== '' && nameOf(point) === crashAt) process.kill(process.pid, 'SIGKILL');
}

/** The activity that contains this call; undefined outside of activities. */
function currentActivity(): string | undefined {
  try {
    return Context.current().info.activityType;
  } catch {
    return undefined;
  }
}

function atCall(call: string, phase: 'before' | 'after'): void {
  const activity = currentActivity();
  if (activity !== undefined) pass({ activity, call, phase });
}

const metrics = processMetrics('test', 'crashing-worker', Date.now);
const telemetry: Telemetry = {
  log: (level, message, fields) => {
    if (level === 'info' && currentActivity() === message)
      pass({ activity: message, call: '', phase: 'ack' });
    if (level === 'error') console.error(message, fields);
  },
  metrics: {
    ...metrics,
    storeCallStarts: (store, operation) => atCall(`${store}: ${operation}`, 'before'),
    storeCallEnds: (store, operation, _seconds, error) => {
      if (error === undefined) atCall(`${store}: ${operation}`, 'after');
    },
  },
};

const config = loadConfig({ file: '', text: '' }, process.env);
const temporal = await temporalAccess(config, '');
const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
await startWorker({ config, temporal, stores, telemetry }, new Teardown());
console.log('ready');
