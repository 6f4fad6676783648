import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AuthorAnswer, AuthorTask } from './author-task.js';

/** What the processes run on. */
export interface Installation {
  /** The program `node`; the one of this process by default. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** No honest task needs more: a function that never returns fails as a crash. */
const answerWithinMs = 60_000;
const processes = 2;
/** A file is found among all that its process has loaded, so that later tasks take longer. */
const tasksPerProcess = 100;

/** Does tasks in several processes, and answers in their order. A process that ends is replaced. */
export async function askAuthors(
  tasks: readonly AuthorTask[],
  installation: Installation = {},
): Promise<readonly AuthorAnswer[]> {
  const answers: AuthorAnswer[] = [];
  let next = 0;
  const work = async () => {
    let author = new Author(installation);
    for (let index = next++; index < tasks.length; index = next++) {
      const task = tasks[index];
      if (task === undefined) break;
      if (author.isWorn) {
        author.end();
        author = new Author(installation);
      }
      answers[index] = await author.ask(task);
    }
    author.end();
  };
  await Promise.all(Array.from({ length: processes }, work));
  return answers;
}

class Author {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #tasks = 0;

  constructor({ node = process.execPath, env = {} }: Installation) {
    this.#child = fork(fileURLToPath(new URL('author-process.ts', import.meta.url)), {
      execPath: node,
      execArgv: ['--import', 'tsx'],
      env: { PATH: process.env.PATH, ...env },
      // Float64Array arrives as such.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ready = new Promise((resolve) => this.#child.once('message', () => resolve()));
  }

  get isWorn(): boolean {
    return this.#tasks >= tasksPerProcess || !this.#child.connected;
  }

  async ask(task: AuthorTask): Promise<AuthorAnswer> {
    const child = this.#child;
    this.#tasks += 1;
    return new Promise((resolve) => {
      const finish = (answer: AuthorAnswer) => {
        clearTimeout(timer);
        child.off('message', finish).off('exit', onExit);
        if (answer.crash !== undefined) this.#tasks = tasksPerProcess;
        resolve(answer);
      };
      const onExit = (status: number | null, signal: string | null) =>
        finish({ crash: `ended: ${signal ?? status}` });
      const timer = setTimeout(() => {
        finish({ crash: 'no answer' });
        child.kill('SIGKILL');
      }, answerWithinMs);
      child.on('exit', onExit);
      void this.#ready.then(() => child.on('message', finish).send(task));
    });
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
