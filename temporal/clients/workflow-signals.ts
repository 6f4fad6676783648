import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowSignals } from '../../domain/submissions/workflow-signals.js';
import {
  announcedSignal,
  publishOutboxWorkflow,
  submitStrategyWorkflow,
  wakeSignal,
} from '../../workflows/contract.js';

/** Well within an attempt of the activity that signals. */
const answerMs = 5_000;

/** Signals between the workflows of the control plane, sent by activities. */
export function workflowSignals(client: Client): WorkflowSignals {
  const { type, id, queue } = publishOutboxWorkflow;
  const timely = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + answerMs, call);
  return {
    wakePublisher: async () => {
      await timely(() =>
        client.workflow.signalWithStart(type, {
          workflowId: id,
          taskQueue: queue,
          signal: wakeSignal,
          args: [],
          staticSummary: 'publishes the events of commits',
        }),
      );
    },
    announced: async (submissionId) => {
      const handle = client.workflow.getHandle(submitStrategyWorkflow.id(submissionId));
      try {
        await timely(() => handle.signal(announcedSignal));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
