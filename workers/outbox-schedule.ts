import { Client, isGrpcServiceError, ScheduleAlreadyRunning } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { dataConverter } from '../temporal/payloads/data-converter.js';
import { superviseOutboxWorkflow } from '../workflows/contract.js';
import type { Log } from './telemetry/telemetry.js';

/**
 * Creates the schedule that looks after the outbox, unless it exists. Without it everything works, except that a commit whose
 * wake-up was lost is announced with the next one; so a server that refuses schedules is reported and used nevertheless.
 */
export async function ensureOutboxSchedule(
  connection: NativeConnection,
  namespace: string,
  log: Log,
): Promise<void> {
  const { type, queue, id, scheduleId, every } = superviseOutboxWorkflow;
  try {
    await new Client({ connection, namespace, dataConverter }).schedule.create({
      scheduleId,
      spec: { intervals: [{ every }] },
      policies: { overlap: 'SKIP', catchupWindow: every },
      action: { type: 'startWorkflow', workflowType: type, taskQueue: queue, workflowId: id, args: [] },
    });
    log('info', 'created a schedule', { schedule: scheduleId, every });
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return;
    const reason = isGrpcServiceError(error) ? error.details : String(error);
    log('warn', 'the schedule that looks after the outbox cannot be created', {
      schedule: scheduleId,
      reason,
    });
  }
}
