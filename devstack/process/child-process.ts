import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { QmtlError } from '../../domain/base/errors.js';
import type { Environment } from './progress.js';

/**
 * Runs "$@" and watches its own standard input, a pipe whose other end only our process holds. When that end
 * closes (we stop the child, we exit, or we are killed with -9) the child gets SIGTERM, and after $grace seconds the whole
 * process group gets SIGKILL. When the child ends by itself, what it left in the group gets SIGTERM. The guard gives its own output
 * away: with our process gone, the word "Terminated" would end it by SIGPIPE before its work is done.
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
  /** Called with each line the child prints to standard output or standard error. */
  readonly onLine?: (line: string) => void;
  /** Between SIGTERM and SIGKILL; 5 unless given. */
  readonly graceSeconds?: number;
}

export interface ChildEnd {
  /** What the command returned; 128 + the signal's number when a signal ended it. */
  readonly code: number;
  /** The last lines it printed, oldest first. */
  readonly output: readonly string[];
}

/** A running child that cannot outlive this process. */
export interface Child {
  /** The process group of the child and everything it starts. */
  readonly group: number;
  readonly ended: Promise<ChildEnd>;
  /** What it printed last so far. */
  output(): readonly string[];
  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. Safe to call twice. */
  stop(): Promise<ChildEnd>;
  /** SIGKILL to the whole group at once, as a crash would end it; resolves when the process is gone. */
  kill(): Promise<ChildEnd>;
}

/**
 * Starts a child that ends when this process does, however that ends. It has its own process group, so Ctrl-C in the
 * terminal reaches this process only, which then decides in which order to stop things.
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
  // EPIPE when the guard is gone before its standard input is closed: it has done what closing asks for.
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
      // Whatever the child left running in its group would hold our pipes open.
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
    // ESRCH: nothing is left, which is what we want.
  }
}

class LastLines {
  readonly #lines: string[] = [];
  readonly #onLine: ((line: string) => void) | undefined;

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
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    this.#onLine?.(line);
  }
}

export interface CommandOptions extends ChildOptions {
  /** Stops the command when it has printed nothing for this long. */
  readonly silentMsMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end. `silent` tells that it was stopped for printing nothing. */
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
  const abort = (): void => void child.stop();
  options.signal?.addEventListener('abort', abort, { once: true });
  const end = await child.ended;
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', abort);
  options.signal?.throwIfAborted();
  return { ...end, silent };
}
