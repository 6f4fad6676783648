import { Client, ScheduleAlreadyRunning } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { QmtlError } from '../domain/base/errors.js';
import { grpcReason } from '../temporal/connection.js';
import { dataConverter } from '../temporal/payloads/data-converter.js';
import { superviseOutboxWorkflow } from '../workflows/contract.js';
import type { Log } from './telemetry/telemetry.js';

interface Claim {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** The installation of the graph; absent for a graph that ends with this process. */
  readonly installation?: string;
  readonly log: Log;
}

const { type, queue, id, scheduleId, every } = superviseOutboxWorkflow;

/**
 * Creates the schedule that looks after the outbox, and with it claims the namespace for the installation: of two installations that
 * poll one namespace, each would take submissions that are meant for the other.
 *
 * A server that refuses schedules is reported and used nevertheless: without the schedule a commit whose wake-up was lost is
 * announced with the next one.
 */
export async function claimNamespace({ connection, namespace, installation, log }: Claim): Promise<void> {
  const { schedule } = new Client({ connection, namespace, dataConverter });
  try {
    await schedule.create({
      scheduleId,
      spec: { intervals: [{ every }] },
      policies: { overlap: 'SKIP', catchupWindow: every },
      action: { type: 'startWorkflow', workflowType: type, taskQueue: queue, workflowId: id, args: [] },
      ...(installation === undefined ? {} : { memo: { installation } }),
    });
    log('info', 'created a schedule', { schedule: scheduleId, every });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) return unschedulable(error, log);
    const { memo } = await schedule.getHandle(scheduleId).describe();
    requireOwn(namespace, installation, memo?.installation);
  }
}

function requireOwn(namespace: string, own: string | undefined, found: unknown): void {
  if (own === undefined || found === undefined || found === own) return;
  throw new QmtlError('E_CONFIG', `the Temporal namespace ${namespace} belongs to another graph`, {
    hint:
      'give each installation a namespace of its own (temporal.namespace), or point all workers to one graph; after a move to a new ' +
      `graph delete the schedule: temporal schedule delete --namespace ${namespace} --schedule-id ${scheduleId}`,
  });
}

function unschedulable(error: unknown, log: Log): void {
  const reason = grpcReason(error);
  log('warn', 'the schedule that looks after the outbox cannot be created', { schedule: scheduleId, reason });
}
