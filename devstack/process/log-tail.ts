import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 200;

export interface LogTail {
  /** Oldest first; empty when there is no log. */
  readonly lines: readonly string[];
  /** Bytes of the log that were read; following continues there. */
  readonly end: number;
}

/** The last lines of a log and its previous part. */
export async function lastLines(path: string, count: number): Promise<LogTail> {
  const before = await textOf(`${path}.1`);
  const text = await textOf(path);
  const lines = `${before}${text}`.split('\n').filter((line) => line !== '');
  return { lines: count === 0 ? [] : lines.slice(-count), end: Buffer.byteLength(text) };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Calls `onLine` with each line after a position in a log, until the signal is aborted. */
export async function followLog(
  path: string,
  from: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen = from;
  let rest = '';
  while (!signal.aborted) {
    const size = await sizeOf(path);
    // The log was full and a new one was started.
    if (size < seen) seen = 0;
    if (size > seen) {
      const lines = (rest + (await readRange(path, seen, size))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      seen = size;
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function readRange(path: string, from: number, to: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
