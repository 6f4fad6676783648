import { statSync } from 'node:fs';
import { packageName } from './resolve-specifier.js';
import { shownPath } from './syntax.js';

/** How large a file of a package may be; analysing one takes some 300 times its size of memory. */
export const packageFileBytesMax = 2 * 1024 ** 2;

/** How large all files of packages may be that one compilation reads. */
export const packagesBytesMax = 8 * 1024 ** 2;

/** Why a file of a package is not read, and the way out. */
export interface TooLarge {
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

/** Bounds what is read of packages: some have more code than can be analysed, or than a closed module may hold. */
export class PackageBounds {
  #bytes = 0;

  /** Counts a file that is about to be read; undefined when there is room for it. */
  enter(path: string): TooLarge | undefined {
    const { size } = statSync(path);
    const name = packageName(path);
    if (size > packageFileBytesMax) {
      const message = `is a file of the package ${name} with ${shownSize(size)}; at most ${shownSize(packageFileBytesMax)} of one file are read`;
      return { place: shownPath(path), message, hint };
    }
    if (this.#bytes + size > packagesBytesMax) {
      const message = `is a file of the package ${name} that brings the packages of the nodes to ${shownSize(this.#bytes + size)}; at most ${shownSize(packagesBytesMax)} are read`;
      return { place: shownPath(path), message, hint };
    }
    this.#bytes += size;
    return undefined;
  }
}

const hint =
  'import only the functions that are needed, by their files if the package has them, or copy them into the project';

function shownSize(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
