import { text } from 'node:stream/consumers';
import { exitCodes } from '../../domain/base/errors.js';
import { describeReason } from './input.js';
import type { CliIo } from './io.js';

const clearLine = '\u001b[2K\r';

/** The real process: standard streams, environment, Ctrl-C. */
export function processIo(): CliIo {
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
    stdin: () => text(process.stdin),
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
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (stream !== process.stderr)
      process.stderr.write(`E_FILE: standard output cannot be written: ${describeReason(error)}\n`);
    process.exit(exitCodes.refused);
  });
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
