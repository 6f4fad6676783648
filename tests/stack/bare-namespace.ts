import { randomBytes } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

/** A new namespace, in which nothing was prepared and nothing waits for a worker. */
export async function bareNamespace({ workflowService }: Connection): Promise<string> {
  const namespace = `bare-${randomBytes(4).toString('hex')}`;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  return namespace;
}
