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
      const answer = await author.ask(task);
      answers[index] = answer;
      if (answer.crash !== undefined) author = new Author(installation);
    }
    author.end();
  };
  await Promise.all(Array.from({ length: processes }, work));
  return answers;
}

class Author {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;

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

  async ask(task: AuthorTask): Promise<AuthorAnswer> {
    const child = this.#child;
    return new Promise((resolve) => {
      const finish = (answer: AuthorAnswer) => {
        clearTimeout(timer);
        child.off('message', finish).off('exit', onExit);
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
    this.#child.disconnect();
  }
}
