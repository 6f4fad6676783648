import { allHandlersFinished, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { SubmitStrategyRequest, SubmitStrategyResult } from '../proto/gen/qmtl/v1/submission_pb.js';
import { acceptUpdate, announcedSignal, statusQuery } from './contract.js';
import { SubmissionRun } from './submission/submission-run.js';

/**
 * Registers one strategy version in one world (docs/spec/submission.md): register, create topics, commit, publish.
 * The same content has the same workflow id, so a repeated submission joins the run or finds its receipt.
 */
export async function submitStrategy(request: SubmitStrategyRequest): Promise<SubmitStrategyResult> {
  const run = new SubmissionRun(request);
  setHandler(statusQuery, () => run.status());
  setHandler(announcedSignal, () => run.announced());
  setHandler(acceptUpdate, () => run.acceptance());
  await run.run();
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return run.result();
}
