import type { WorkflowSignals } from '../domain/submissions/workflow-signals.js';

/** For tests without workflows: nothing is listening. */
export const noSignals: WorkflowSignals = {
  wakePublisher: async () => undefined,
  announced: async () => undefined,
};
