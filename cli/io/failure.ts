import { CommanderError } from 'commander';
import { errorCatalogue, exitCodes, isQmtlError, type Problem, QmtlError } from '../../domain/base/errors.js';
import { fileHint, systemReason } from './input.js';
import type { OutputFormat } from './io.js';

/** The output and the exit code of a failed command. */
export interface FailureReport {
  readonly exitCode: number;
  readonly text: string;
}

/** A mistake of the user is reported without a stack trace: code, message, problems, hint. An internal error shows its stack. */
export function reportFailure(error: unknown, format: OutputFormat, interrupted: boolean): FailureReport {
  if (error instanceof CommanderError) {
    // Help or version was already written. `qmtl` without a command shows its help and fails.
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
  // The error that Ctrl-C caused in a library is of no use to the user.
  if (interrupted) return new QmtlError('E_INTERRUPTED', 'stopped before it was done', { cause: error });
  const refused = systemReason(error);
  if (refused !== undefined) return systemFailure(refused, error);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new QmtlError('E_INTERNAL', `internal error of QMTL\n${trace}`, {
    hint: 'report it, with the command you ran',
    cause: error,
  });
}

/** A call that the operating system refused is not an internal error. */
function systemFailure(reason: string, cause: unknown): QmtlError {
  const path = cause instanceof Error && 'path' in cause ? String(cause.path) : undefined;
  const what = path === undefined ? 'reading or writing failed' : `${path} cannot be used`;
  return new QmtlError('E_FILE', `${what}: ${reason}`, {
    hint: fileHint(cause, 'remove the cause, or choose another path'),
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
