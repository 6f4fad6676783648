import { isMessage } from '@bufbuild/protobuf';
import { activityInfo } from '@temporalio/activity';
import pino from 'pino';
import type { Config } from '../../config/schema.js';
import { RegisterSubmissionRequestSchema, SubmissionRefSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { packageVersion } from '../../std/node/package-root.js';
import { parseSubmissionWorkflowId } from '../../workflows/contract.js';
import { type Metrics, processMetrics } from './metrics.js';

/** The context of a log line; each part is a field of its own and can be searched for. */
export interface LogFields {
  readonly submission_id?: string;
  readonly workflow_id?: string;
  readonly trace_id?: string;
  readonly [field: string]: unknown;
}

export type LogLevel = Config['log_level'];

/** A structured log. Fields never contain secrets: the configuration is not passed to it. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** One JSON object per line on standard error: time (ISO 8601), level, message and fields. */
export function jsonLog(level: LogLevel, processName: string, write: (line: string) => void): Log {
  const logger = pino(
    {
      level,
      base: { process: processName, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => write(line.trimEnd()) },
  );
  return (at, message, fields = {}) => logger[at](fields, message);
}

/** The trace id of a W3C traceparent; undefined for any other text. */
export function parseTraceId(traceparent: string): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1];
}

/** The log and the metrics of one process. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Metrics, and a JSON log whose lines are passed to `write`. `embedded` runs inside an interactive command, so it logs errors
 * only, unless the level is `debug`.
 */
export function processTelemetry(
  { log_level: asked }: Pick<Config, 'log_level'>,
  processName: 'worker' | 'api' | 'embedded',
  write: (line: string) => void,
): Telemetry {
  const level = processName === 'embedded' && asked !== 'debug' ? 'error' : asked;
  return {
    log: jsonLog(level, processName, write),
    metrics: processMetrics(packageVersion, processName, Date.now),
  };
}

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
  const traceId = parseTraceId(traceparentOf(argument));
  return {
    submission_id: parseSubmissionWorkflowId(workflowId) ?? '',
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
