import { readFileSync } from 'node:fs';

/**
 * Reads a file each time it is asked: secrets and certificates are replaced while a process runs. While the file cannot be read, as
 * in the middle of a replacement, its last content counts.
 */
export function freshFile(path: string, first: Buffer): () => Buffer {
  let last = first;
  return () => {
    try {
      last = readFileSync(path);
    } catch {
      // What uses the content shows whether it is still right.
    }
    return last;
  };
}
