import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { repositoryFiles } from '../architecture/source-file.js';

/** One change of one file, as a contributor would make it by hand. */
export type Edit =
  | { readonly path: string; readonly text: string }
  /** Puts text around the first occurrence of an anchor, which must exist. */
  | { readonly path: string; readonly anchor: string; readonly before?: string; readonly after?: string };

/** Files that `repositoryFiles` omits, but that building and checking need. */
const alsoNeeded = ['proto/gen', 'examples/data', 'tests/histories', 'tests/consumer/project'];

/** A copy of the working tree in its own git repository, which lists the changes of an edit. */
export class ScratchCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'qmtl-contributing-'));

  constructor() {
    for (const path of [...repositoryFiles(), ...alsoNeeded]) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      cpSync(path, join(this.folder, path), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
    this.#git('init', '--quiet');
    // The ignore file of the repository matches a folder only; this is a link.
    writeFileSync(join(this.folder, '.git/info/exclude'), 'node_modules\n');
    this.#git('add', '--all');
    const author = ['-c', 'user.name=contributor', '-c', 'user.email=contributor@localhost'];
    this.#git(...author, 'commit', '--quiet', '--message', 'before');
  }

  apply(edits: readonly Edit[]): void {
    for (const edit of edits) {
      const path = join(this.folder, edit.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'text' in edit ? edit.text : inserted(readFileSync(path, 'utf8'), edit));
    }
  }

  /** What a command of package.json or a program of the toolchain prints; throws with its output when it fails. */
  run(command: string, ...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: this.folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Every file that was added or changed, sorted. */
  changedFiles(): readonly string[] {
    this.#git('add', '--all');
    return this.#git('diff', '--cached', '--name-only', 'HEAD')
      .split('\n')
      .filter((path) => path !== '')
      .sort();
  }

  /** Undoes all changes to the copy. */
  undo(): void {
    this.#git('reset', '--quiet', '--hard', 'HEAD');
    this.#git('clean', '--quiet', '--force', '-d');
  }

  remove(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
  }

  #git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.folder, encoding: 'utf8' });
  }
}

function inserted(
  text: string,
  { path, anchor, before = '', after = '' }: Extract<Edit, { anchor: string }>,
): string {
  const at = text.indexOf(anchor);
  if (at === -1) throw new Error(`${path} has no text ${JSON.stringify(anchor)}`);
  const end = at + anchor.length;
  return `${text.slice(0, at)}${before}${anchor}${after}${text.slice(end)}`;
}
