import { CommanderError } from 'commander';
import {
  errorCatalogue,
  exitCodes,
  ownQmtlError,
  type Problem,
  QmtlError,
} from '../../domain/base/errors.js';
import { describeThrown, errorMember, memberOf } from '../../sdk/nodes/foreign-value.js';
import { fileHint, systemReason } from './input.js';
import { type OutputFormat, printable } from './io.js';

/** The output and the exit code of a failed command. */
export interface FailureReport {
  readonly exitCode: number;
  readonly text: string;
}

/**
 * A mistake of the user is reported without a stack trace: code, message, problems, hint. An internal error shows its stack. Safe
 * for any value: nothing comes after this report.
 */
export function reportFailure(error: unknown, format: OutputFormat, interrupted: boolean): FailureReport {
  if (isCommanderError(error)) {
    // Help or version was already written. `qmtl` without a command shows its help and fails.
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.refused, text: '' };
  }
  const known = asQmtlError(error, interrupted);
  return {
    exitCode: errorCatalogue[known.code].exitCode,
    text: format === 'json' ? failureJson(known) : failureText(known),
  };
}

/** `instanceof` calls a trap of a proxy. */
function isCommanderError(error: unknown): error is CommanderError {
  try {
    return error instanceof CommanderError;
  } catch {
    return false;
  }
}

function asQmtlError(error: unknown, interrupted: boolean): QmtlError {
  const known = ownQmtlError(error);
  if (known !== undefined) return known;
  // The error that Ctrl-C caused in a library is of no use to the user.
  if (interrupted) return new QmtlError('E_INTERRUPTED', 'stopped before it was done', { cause: error });
  const refused = systemReason(error);
  if (refused !== undefined) return systemFailure(refused, error);
  const trace = errorMember(error, 'stack') ?? describeThrown(error);
  return new QmtlError('E_INTERNAL', `internal error of QMTL\n${trace}`, {
    hint: 'report it, with the command you ran',
    cause: error,
  });
}

/** A call that the operating system refused is not an internal error. */
function systemFailure(reason: string, cause: unknown): QmtlError {
  const path = memberOf(cause, 'path');
  const what = typeof path === 'string' ? `${path} cannot be used` : 'reading or writing failed';
  return new QmtlError('E_FILE', `${what}: ${reason}`, {
    hint: fileHint(cause, 'remove the cause, or choose another path'),
    cause,
  });
}

function failureJson({ code, message, hint, problems }: QmtlError): string {
  const error = { code, message, ...(hint === undefined ? {} : { hint }), problems };
  return JSON.stringify({ error }, null, 2);
}

/** What a screen shows of texts that may come from a module, a file or a server. */
const shownCharacters = 4_000;
const shownProblems = 20;

function failureText({ code, message, hint, problems }: QmtlError): string {
  const [only] = problems;
  // The message of a single problem is often that of the error.
  const isSaid = problems.length === 1 && only !== undefined && message.includes(only.message);
  const listed = isSaid ? [] : problems;
  const advice = isSaid ? (hint ?? only.hint) : hint;
  const lines = [`${code}: ${shortened(message)}`, ...listed.slice(0, shownProblems).map(problemLine)];
  if (listed.length > shownProblems)
    lines.push(`  and ${listed.length - shownProblems} more; --output json lists them all`);
  if (advice !== undefined && listed.every((problem) => problem.hint !== advice))
    lines.push(`→ ${shortened(advice)}`);
  return lines.join('\n');
}

function problemLine(problem: Problem, index: number): string {
  const place = problem.path === '' ? '' : ` at ${problem.path}`;
  return `  ${index + 1}. ${problem.code}${shortened(place)}: ${shortened(problem.message)}\n     → ${shortened(problem.hint)}`;
}

function shortened(text: string): string {
  const whole = printable(text.slice(0, shownCharacters));
  const more = text.length - shownCharacters;
  return more > 0 ? `${whole} … (${more} more characters)` : whole;
}
