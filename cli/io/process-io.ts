import { buffer } from 'node:stream/consumers';
import { exitCodes } from '../../domain/base/errors.js';
import { findErrno } from '../../std/node/errno.js';
import type { FailureReport } from './failure.js';
import { decodeText, describeReason } from './input.js';
import type { CliIo } from './io.js';

const clearLine = '\u001b[2K\r';

/** The end of a process other than by the result of its command. */
export type Stray =
  | { readonly kind: 'unsettled' }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'thrown'; readonly error: unknown; readonly interrupted: boolean };

/**
 * Exits with the result of the command, as soon as it is written: timers and servers of authors' code would keep the process
 * alive. No other way out is without a message: those of authors' code are reported.
 */
export async function runProcess(
  command: (io: CliIo) => Promise<number>,
  report: (stray: Stray) => FailureReport,
): Promise<void> {
  const io = processIo();
  let result: number | undefined;
  let isEmpty = false;
  const endWith = (stray: Stray): number => {
    const failure = report(stray);
    io.note(failure.text);
    return failure.exitCode;
  };
  process.on('beforeExit', () => {
    isEmpty = true;
  });
  process.on('exit', (code) => {
    result ??= ownExit ?? endWith(isEmpty ? { kind: 'unsettled' } : { kind: 'exit', code });
    process.exitCode = ownExit ?? result;
  });
  const endThrown = (error: unknown): never => {
    result = endWith({ kind: 'thrown', error, interrupted: io.interrupted.aborted });
    process.exit(result);
  };
  process.on('uncaughtException', endThrown);
  process.on('unhandledRejection', endThrown);
  const code = await command(io);
  // A failure that was already reported stays the result.
  result ??= code;
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(result);
}

/** Resolves when everything written to a stream was passed on, or cannot be. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}

/** Set before this file ends the process. */
let ownExit: number | undefined;

function exitWith(code: number): never {
  ownExit = code;
  process.exit(code);
}

/** The real process: standard streams, environment, Ctrl-C. */
function processIo(): CliIo {
  const interrupted = interruption();
  endOnLostOutput(process.stdout);
  endOnLostOutput(process.stderr);
  let progressShown = false;
  const endProgress = () => {
    if (progressShown) process.stderr.write(clearLine);
    progressShown = false;
  };
  return {
    env: process.env,
    cwd: process.cwd(),
    interrupted,
    out: (line) => {
      endProgress();
      process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      endProgress();
      process.stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (!process.stderr.isTTY) return;
      endProgress();
      if (line === '') return;
      process.stderr.write(line.slice(0, (process.stderr.columns ?? 80) - 1));
      progressShown = true;
    },
    stdin: async () => decodeText(await buffer(process.stdin), 'standard input'),
    atExit: (cleanUp) => {
      process.once('exit', cleanUp);
      return () => process.off('exit', cleanUp);
    },
  };
}

/**
 * A closed pipe, as in `qmtl nodes | head -1`, is not an error. Any other failure ends the command with one message, since
 * its further output would be lost.
 */
function endOnLostOutput(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: Error) => {
    if (findErrno(error) === 'EPIPE') return;
    if (stream !== process.stderr)
      process.stderr.write(`E_FILE: standard output cannot be written: ${describeReason(error)}\n`);
    exitWith(exitCodes.refused);
  });
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) exitWith(exitCodes.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
