import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { bare } from './bare-workflow.js';

const taskQueue = 'bench-bare';
const activities = { only: async (request: string): Promise<string> => request };
export type BareActivities = typeof activities;

/** The baseline of a submission of known nodes: a workflow with the same step that does nothing, on the same server. */
export interface Bare {
  /** One run, from the call to the result; milliseconds. */
  run(): Promise<number>;
  close(): Promise<void>;
}

export async function openBare(address: string): Promise<Bare> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./bare-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle, activities });
  const finished = worker.run();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  return {
    run: () => runOnce(client),
    close: async () => {
      worker.shutdown();
      await finished;
      await Promise.all([connection.close(), native.close()]);
    },
  };
}

async function runOnce(client: Client): Promise<number> {
  const started = performance.now();
  const operation = new WithStartWorkflowOperation<typeof bare>('bare', {
    workflowId: `bare-${randomUUID()}`,
    taskQueue,
    args: ['request'],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  await client.workflow.executeUpdateWithStart('accept', { startWorkflowOperation: operation });
  await (await operation.workflowHandle()).result();
  return performance.now() - started;
}
