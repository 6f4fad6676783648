import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { CliIo } from '../../cli/io/io.js';
import { qmtl } from '../../cli/program.js';

/** The process of a command, in memory. */
export interface FakeIo extends CliIo {
  readonly results: readonly string[];
  readonly notes: readonly string[];
  readonly progressLines: readonly string[];
  /** Actions for the end of the process. */
  readonly cleanUps: ReadonlySet<() => void>;
  interrupt(): void;
}

export interface FakeOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Called with every progress line, where a test can press Ctrl-C. */
  readonly onProgress?: (line: string, io: FakeIo) => void;
  readonly onResult?: (text: string, io: FakeIo) => void;
}

export function fakeIo(options: FakeOptions = {}): FakeIo {
  const controller = new AbortController();
  const results: string[] = [];
  const notes: string[] = [];
  const progressLines: string[] = [];
  const cleanUps = new Set<() => void>();
  const io: FakeIo = {
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    results,
    notes,
    progressLines,
    cleanUps,
    interrupted: controller.signal,
    interrupt: () => controller.abort(),
    out: (text) => {
      results.push(text);
      options.onResult?.(text, io);
    },
    note: (text) => void notes.push(text),
    progress: (line) => {
      progressLines.push(line);
      options.onProgress?.(line, io);
    },
    stdin: () => Promise.resolve(options.stdin ?? ''),
    atExit: (cleanUp) => {
      cleanUps.add(cleanUp);
      return () => void cleanUps.delete(cleanUp);
    },
  };
  return io;
}

export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process. */
export async function run(args: readonly string[], options: FakeOptions = {}): Promise<Outcome> {
  return runWith(fakeIo(options), args);
}

export async function runWith(io: FakeIo, args: readonly string[]): Promise<Outcome> {
  const exitCode = await qmtl(io, args);
  return { exitCode, out: io.results.join('\n'), err: io.notes.join('\n') };
}

/** Parsed standard output of a command that must succeed. */
export async function runJson(args: readonly string[], options: FakeOptions = {}): Promise<unknown> {
  const outcome = await run([...args, '--output', 'json'], options);
  if (outcome.exitCode !== 0) throw new Error(outcome.err);
  const value: unknown = JSON.parse(outcome.out);
  return value;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files, removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'qmtl-cli-')));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
