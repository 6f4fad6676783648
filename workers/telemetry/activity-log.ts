import { isMessage } from '@bufbuild/protobuf';
import { activityInfo } from '@temporalio/activity';
import { RegisterSubmissionRequestSchema, SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { submissionIdOfWorkflow } from '../../workflows/contract.js';
import { type Log, type LogFields, traceIdOf } from './log.js';

type Activity = (...args: never[]) => Promise<unknown>;

/** The same activities; each logs one line with its context when it ends. */
export function loggedActivities<A extends Record<string, Activity>>(activities: A, log: Log): A {
  return mapped(activities, (name, activity) => logged(name, activity, log));
}

function mapped<A extends Record<string, Activity>>(
  activities: A,
  change: (name: string, activity: Activity) => Activity,
): A {
  const copy: A = { ...activities };
  for (const [name, activity] of Object.entries(activities)) Reflect.set(copy, name, change(name, activity));
  return copy;
}

function logged(name: string, activity: Activity, log: Log): Activity {
  return async (...args) => {
    const started = performance.now();
    const fields = () => ({ ...subjectOf(args[0]), duration_ms: Math.round(performance.now() - started) });
    try {
      const result = await activity(...args);
      log('info', name, { ...fields(), outcome: outcomeOf(result) });
      return result;
    } catch (error) {
      log('warn', `${name} failed: ${error instanceof Error ? error.message : String(error)}`, fields());
      throw error;
    }
  };
}

function subjectOf(argument: unknown): LogFields {
  const { workflowExecution, attempt } = activityInfo();
  const workflowId = workflowExecution?.workflowId ?? '';
  const traceId = traceIdOf(traceparentOf(argument));
  return {
    submission_id: submissionIdOfWorkflow(workflowId) ?? '',
    workflow_id: workflowId,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    attempt,
  };
}

function traceparentOf(argument: unknown): string {
  if (isMessage(argument, RegisterSubmissionRequestSchema)) return argument.submission?.traceparent ?? '';
  return isMessage(argument, SubmissionRefSchema) ? argument.traceparent : '';
}

/** The case of a result with cases. */
function outcomeOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('outcome' in result)) return 'done';
  const { outcome } = result;
  const isCase = typeof outcome === 'object' && outcome !== null && 'case' in outcome;
  return isCase && typeof outcome.case === 'string' ? outcome.case : 'done';
}
