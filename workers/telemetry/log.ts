import pino from 'pino';
import type { Config } from '../../config/schema.js';

/** What a line of the log can be about; each is a field of its own, so that it can be searched for. */
export interface LogFields {
  readonly submission_id?: string;
  readonly workflow_id?: string;
  readonly trace_id?: string;
  readonly [field: string]: unknown;
}

export type LogLevel = Config['log_level'];

/** A structured log. Fields never hold secrets: nothing here is given the configuration. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** One JSON object a line on standard error: time (ISO 8601), level, message and fields. */
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

/** The trace id of a W3C traceparent; undefined when it is none. */
export function traceIdOf(traceparent: string): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1];
}
