import { create } from '@bufbuild/protobuf';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { RedriveAction } from '../../domain/ports/outbox.js';
import { redriveActionToWire } from '../../proto/convert/outbox.js';
import { RedriveRequestSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { publishOutboxWorkflow, redriveUpdate } from '../../workflows/contract.js';
import { submissionError } from './submission-error.js';

/**
 * Has the publisher send parked events again, or drop them; it is started when it does not run. Returns the ids that were parked.
 *
 * Throws a QmtlError when the server or the publisher does not answer, or refuses the decision.
 */
export async function redriveParked(
  client: Client,
  eventIds: readonly string[],
  action: RedriveAction,
): Promise<readonly string[]> {
  const { type, id, queue } = publishOutboxWorkflow;
  const startWorkflowOperation = new WithStartWorkflowOperation<() => Promise<void>>(type, {
    workflowId: id,
    taskQueue: queue,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const request = create(RedriveRequestSchema, {
    eventIds: [...eventIds],
    action: redriveActionToWire(action),
  });
  try {
    const result = await client.workflow.executeUpdateWithStart(redriveUpdate, {
      startWorkflowOperation,
      args: [request],
    });
    return result.eventIds;
  } catch (error) {
    throw submissionError(error);
  }
}
