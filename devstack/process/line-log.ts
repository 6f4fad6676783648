import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Size limit of each of the two files: the log itself and the previous part, `….1`. */
const logBytesMax = 4 * 1024 * 1024;

export interface LineLogOptions {
  readonly bytesMax?: number;
  /** Called with the first failure to write. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * A log file of limited size: when full it is renamed to `….1`, which replaces the previous one. A line that cannot be written, on
 * a full disk or in a folder that was removed, is lost: logging must not end what it logs.
 */
export class LineLog {
  readonly path: string;
  readonly #bytesMax: number;
  readonly #onFault: ((error: unknown) => void) | undefined;
  #hasFailed = false;

  constructor(path: string, { bytesMax = logBytesMax, onFault }: LineLogOptions = {}) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.#onFault = onFault;
  }

  /** Writes at once, so that the last lines before a kill are kept. */
  add(line: string): void {
    try {
      this.#write(`${line}\n`);
    } catch (error) {
      if (!this.#hasFailed) this.#onFault?.(error);
      this.#hasFailed = true;
    }
  }

  #write(text: string): void {
    const bytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > 0 && bytes + Buffer.byteLength(text) > this.#bytesMax) {
      renameSync(this.path, `${this.path}.1`);
    }
    // Readable by the user only: servers may log confidential data.
    appendFileSync(this.path, text, { mode: 0o600 });
  }
}
