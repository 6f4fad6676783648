import { CommanderError } from 'commander';
import { errorCatalogue, exitCodes, isQmtlError, type Problem, QmtlError } from '../../domain/base/errors.js';
import { systemReason } from './input.js';
import type { OutputFormat } from './io.js';

/** What a failed command says, and what it ends with. */
export interface FailureReport {
  readonly exitCode: number;
  readonly text: string;
}

/** No stack traces for user mistakes: code, sentence, problems, next step. A fault of ours shows its stack and says so. */
export function reportFailure(error: unknown, format: OutputFormat, interrupted: boolean): FailureReport {
  if (error instanceof CommanderError) {
    // Help or the version: already written. `qmtl` without a command shows its help and did nothing.
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.refused, text: '' };
  }
  const known = asQmtlError(error, interrupted);
  return {
    exitCode: errorCatalogue[known.code].exitCode,
    text: format === 'json' ? failureJson(known) : failureText(known),
  };
}

function asQmtlError(error: unknown, interrupted: boolean): QmtlError {
  if (isQmtlError(error)) return error;
  // Whatever was cut off by Ctrl-C complains in its own words; the reader knows what happened.
  if (interrupted) return new QmtlError('E_INTERRUPTED', 'stopped before it was done', { cause: error });
  const refused = systemReason(error);
  if (refused !== undefined) return systemFailure(refused, error);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new QmtlError('E_INTERNAL', `this is a fault of QMTL itself\n${trace}`, {
    hint: 'please report it, with the command you gave',
    cause: error,
  });
}

/** What the operating system refused is no fault of ours, whatever we were doing. */
function systemFailure(reason: string, cause: unknown): QmtlError {
  const path = cause instanceof Error && 'path' in cause ? String(cause.path) : undefined;
  const what = path === undefined ? 'reading or writing failed' : `${path} cannot be used`;
  return new QmtlError('E_FILE', `${what}: ${reason}`, {
    hint: 'free what is short, or give another place',
    cause,
  });
}

function failureJson({ code, message, hint, problems }: QmtlError): string {
  const error = { code, message, ...(hint === undefined ? {} : { hint }), problems };
  return JSON.stringify({ error }, null, 2);
}

function failureText(error: QmtlError): string {
  const lines = [`${error.code}: ${error.message}`, ...error.problems.map(problemLine)];
  if (error.hint !== undefined) lines.push(`→ ${error.hint}`);
  return lines.join('\n');
}

function problemLine(problem: Problem, index: number): string {
  const place = problem.path === '' ? '' : ` at ${problem.path}`;
  return `  ${index + 1}. ${problem.code}${place}: ${problem.message}\n     → ${problem.hint}`;
}
