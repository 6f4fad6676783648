import type { Client } from '@temporalio/client';
import type { AddArtifactsRequest, AddArtifactsResult } from '../../proto/gen/qmtl/v1/artifacts_pb.js';
import { addArtifactsWorkflow } from '../../workflows/contract.js';
import { submissionError } from './submission-error.js';
import { untilAnswered } from './until-answered.js';

type StoreArtifacts = (request: AddArtifactsRequest) => Promise<AddArtifactsResult>;

/**
 * Has the control plane store the parts of what a submission brings beside its DAG, one after the other, and waits until all of it is
 * in the graph. A start that is not answered is repeated under the same id, and joins the first.
 *
 * `requestId`: names the call. Rejects with a QmtlError when a part is refused.
 */
export async function sendArtifacts(
  client: Client,
  parts: readonly AddArtifactsRequest[],
  requestId: string,
  onStored: (parts: number) => void = () => {},
): Promise<void> {
  try {
    for (const [index, part] of parts.entries()) {
      const handle = await untilAnswered(() =>
        client.workflow.start<StoreArtifacts>(addArtifactsWorkflow.type, {
          workflowId: addArtifactsWorkflow.id(requestId, index),
          taskQueue: addArtifactsWorkflow.queue,
          args: [part],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: `${part.code.length} modules and ${part.schemas.length} schemas`,
        }),
      );
      await untilAnswered(() => handle.result());
      onStored(index + 1);
    }
  } catch (error) {
    throw submissionError(error);
  }
}
