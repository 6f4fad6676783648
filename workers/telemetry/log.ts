import pino from 'pino';
import type { Config } from '../../config/schema.js';

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
export function traceIdOf(traceparent: string): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1];
}
