import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Size limit of each of the two files: the log itself and the previous part, `….1`. */
const logBytesMax = 4 * 1024 * 1024;

/** A log file of limited size: when full it is renamed to `….1`, which replaces the previous one. */
export class LineLog {
  readonly path: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(path: string, bytesMax = logBytesMax) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Writes at once, so that the last lines before a kill are kept. */
  add(line: string): void {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) {
      renameSync(this.path, `${this.path}.1`);
      this.#bytes = 0;
    }
    // Readable by the user only: servers may log confidential data.
    appendFileSync(this.path, text, { mode: 0o600 });
    this.#bytes += bytes;
  }
}
