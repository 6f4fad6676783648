import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

type Environment = Readonly<Record<string, string | undefined>>;

const root = resolve(import.meta.dirname, '../..');

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Node process of the project: the built `qmtl`, or a TypeScript file of the tests. */
export class NodeProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #lines: string[] = [];
  readonly #waiting: { readonly sign: RegExp; readonly tell: (line: string) => void }[] = [];
  readonly ended: Promise<ProcessEnd>;

  private constructor(args: readonly string[], env: Environment) {
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.#child, 'exit').then(() => ({
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
    }));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
  }

  /** The built command. */
  static qmtl(args: readonly string[], env: Environment): NodeProcess {
    return new NodeProcess([resolve(root, 'dist/cli/qmtl.js'), ...args], env);
  }

  /** A file below the root of the repository. */
  static script(path: string, env: Environment): NodeProcess {
    return new NodeProcess(['--import', 'tsx', resolve(root, path)], env);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The output so far, of both streams. */
  get output(): readonly string[] {
    return this.#lines;
  }

  /** The first line that matches; rejects when the process ends without one. */
  line(sign: RegExp): Promise<string> {
    const heard = this.#lines.find((line) => sign.test(line));
    if (heard !== undefined) return Promise.resolve(heard);
    const coming = new Promise<string>((tell) => {
      this.#waiting.push({ sign, tell });
    });
    const ended = this.ended.then(({ code, signal }): never => {
      throw new Error(
        `it ended (${signal ?? code}) without ${String(sign)}:\n${this.#lines.slice(-20).join('\n')}`,
      );
    });
    return Promise.race([coming, ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessEnd> {
    this.signal(signal);
    return this.ended;
  }

  /** Resident memory in bytes, from the kernel. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  }

  #hear(line: string): void {
    this.#lines.push(line);
    for (const { sign, tell } of this.#waiting) if (sign.test(line)) tell(line);
  }
}

/** Starts `qmtl worker` and waits until it polls. */
export async function startWorkerProcess(env: Environment): Promise<NodeProcess> {
  const worker = NodeProcess.qmtl(['worker'], { ...env, QMTL_WORKER_PORT: '0' });
  await worker.line(/^ready$/);
  return worker;
}
