import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Two files of this size at most: the log itself and the part before it, `….1`. */
const logBytesMax = 4 * 1024 * 1024;

/** A log file that is bounded: when it is full it becomes `….1`, in place of the one before. */
export class LineLog {
  readonly path: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(path: string, bytesMax = logBytesMax) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Written at once, so that the last words of a process that is killed are there. */
  add(line: string): void {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) {
      renameSync(this.path, `${this.path}.1`);
      this.#bytes = 0;
    }
    // Only the user: a server may say more than others should read.
    appendFileSync(this.path, text, { mode: 0o600 });
    this.#bytes += bytes;
  }
}
