import { pipeline } from 'node:stream/promises';

/** Longest text beside the files, such as a long name, which tar-stream collects as a whole. */
const headerBytesMax = 4 * 1024 * 1024;

/** The content of one file of a tar stream; throws when the file is missing or incomplete. */
export async function* extractFile(
  archive: AsyncIterable<Uint8Array>,
  fileName: string,
): AsyncGenerator<Uint8Array> {
  const { extract } = await import('tar-stream');
  const entries = extract();
  /** Bytes that were read since the last part of a file. */
  let between = 0;
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const part of archive) {
      if (between > headerBytesMax) throw new Error('the archive has a header that is too long');
      between += part.length;
      yield part;
    }
  }
  // Its failure also ends the entries, and is thrown below.
  const fed = pipeline(watched, entries).catch(() => undefined);
  let found = false;
  try {
    // Reading to the end makes gzip verify its checksum.
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const wanted: boolean = !found && type === 'file' && name.replace(/^\.\//, '') === fileName;
      between = 0;
      for await (const part of bytesOf(entry)) {
        between = 0;
        if (wanted) yield part;
      }
      found ||= wanted;
    }
  } catch (cause) {
    throw describeFault(cause);
  }
  await fed;
  if (!found) throw new Error(`the archive has no file ${fileName}`);
}

export async function* bytesOf(parts: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) if (part instanceof Uint8Array) yield part;
}

/** A readable error for a bad archive; a failure of its source is passed on. */
function describeFault(cause: unknown): unknown {
  const text = cause instanceof Error ? cause.message : '';
  if (text === 'Unexpected end of data') return new Error('the archive ends too early', { cause });
  return /^(?:Invalid (?:tar )?header|Header exceeds)/.test(text)
    ? new Error('the archive is not a tar file', { cause })
    : cause;
}
