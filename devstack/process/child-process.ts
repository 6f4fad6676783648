import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { QmtlError } from '../../domain/base/errors.js';
import { onAbort } from '../../std/node/on-abort.js';
import { describeFailure, type Environment } from './progress.js';

/**
 * Runs "$@" and watches its own standard input, a pipe whose other end only the parent (the process of QMTL) holds. When that
 * end closes, because the parent stops the child, exits or is killed with -9, the child gets SIGTERM, and after $grace seconds
 * the whole process group gets SIGKILL. When the child ends by itself, the rest of its group gets SIGTERM. The guard redirects
 * its own output: without the parent, the word "Terminated" would end the guard by SIGPIPE before its work is done.
 */
const guardScript = `
grace=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
( read -r _ <&3; kill -TERM "$child"; PATH="$PATH:/usr/bin:/bin"; sleep "$grace"; kill -KILL 0 ) >/dev/null 2>&1 &
exec 3<&- >/dev/null 2>&1
wait "$child"
code=$?
trap '' TERM
kill -TERM 0
exit "$code"
`;

const stopGraceSeconds = 5;
const keptLines = 40;

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd?: string;
  /** Called with each line the child prints to standard output or standard error, until it throws: that does not end the child. */
  readonly onLine?: (line: string) => void;
  /** Time between SIGTERM and SIGKILL; default 5. */
  readonly graceSeconds?: number;
}

export interface ChildEnd {
  /** Exit code of the command; 128 + the signal's number when a signal ended it. */
  readonly code: number;
  /** The last lines it printed, oldest first. */
  readonly output: readonly string[];
}

/** A running child that cannot outlive this process. */
export interface Child {
  /** The process group of the child and everything it starts. */
  readonly group: number;
  readonly ended: Promise<ChildEnd>;
  /** The last lines printed so far. */
  output(): readonly string[];
  /** SIGTERM, then SIGKILL after the grace time; resolves when the process has ended. Safe to call twice. */
  stop(): Promise<ChildEnd>;
  /** SIGKILL to the whole group at once, like a crash; resolves when the process has ended. */
  kill(): Promise<ChildEnd>;
}

/**
 * Starts a child that ends with this process, even after a crash. It has its own process group, so Ctrl-C in the
 * terminal reaches only this process, which then stops its children in the right order.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const grace = String(options.graceSeconds ?? stopGraceSeconds);
  const guard = spawn('/bin/sh', ['-c', guardScript, 'qmtl-guard', grace, options.command, ...options.args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const group = await spawned(guard, options.command);
  const lines = new LastLines(options.onLine);
  // EPIPE when the guard has ended before its standard input is closed: nothing is left to do.
  guard.stdin.on('error', () => undefined);
  const ended = guardEnd(guard, lines);
  return {
    group,
    ended,
    output: () => lines.kept(),
    stop: () => {
      guard.stdin.end();
      return ended;
    },
    kill: () => {
      if (guard.exitCode === null && guard.signalCode === null) killGroup(group);
      return ended;
    },
  };
}

type Guard = ChildProcessByStdio<Writable, Readable, Readable>;

function spawned(guard: Guard, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    guard.once('spawn', () => resolve(guard.pid ?? 0));
    guard.once('error', (cause) =>
      reject(
        new QmtlError('E_TOOL_MISSING', `${command} cannot be started: ${cause.message}`, {
          hint: 'QMTL starts its local servers through /bin/sh: on Windows, use WSL, or set TEMPORAL_ADDRESS to a running server',
          cause,
        }),
      ),
    );
  });
}

function guardEnd(guard: Guard, lines: LastLines): Promise<ChildEnd> {
  const drained = Promise.all([lines.read(guard.stdout), lines.read(guard.stderr)]);
  return new Promise((resolve) => {
    guard.once('exit', (code) => {
      // Processes the child left in its group would keep the pipes open.
      killGroup(guard.pid);
      void drained.then(() => resolve({ code: code ?? 137, output: lines.kept() }));
    });
  });
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // ESRCH: nothing is left.
  }
}

class LastLines {
  readonly #lines: string[] = [];
  #onLine: ((line: string) => void) | undefined;

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  kept(): readonly string[] {
    return [...this.#lines];
  }

  read(stream: Readable): Promise<void> {
    return new Promise((resolve) => {
      const reader = createInterface({ input: stream });
      reader.on('line', (line) => this.#add(line));
      reader.once('close', resolve);
    });
  }

  #add(line: string): void {
    this.#keep(line);
    try {
      this.#onLine?.(line);
    } catch (error) {
      this.#onLine = undefined;
      this.#keep(`qmtl: the lines of this program are not read any more: ${describeFailure(error)}`);
    }
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
  }
}

export interface CommandOptions extends ChildOptions {
  /** A command that prints nothing for this long is stopped. */
  readonly silentMsMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end. `silent`: it was stopped because it printed nothing. */
export async function runCommand(options: CommandOptions): Promise<ChildEnd & { readonly silent: boolean }> {
  options.signal?.throwIfAborted();
  let silent = false;
  let timer: NodeJS.Timeout | undefined;
  const onLine = (line: string): void => {
    timer?.refresh();
    options.onLine?.(line);
  };
  const child = await startChild({ ...options, onLine });
  timer = setTimeout(() => {
    silent = true;
    void child.stop();
  }, options.silentMsMax);
  const ignoreAbort = onAbort(options.signal, () => void child.stop());
  const end = await child.ended;
  clearTimeout(timer);
  ignoreAbort();
  options.signal?.throwIfAborted();
  return { ...end, silent };
}
