const blockBytes = 512;

/** The content of one file of a tar stream; throws when the stream ends before the file does or has no such file. */
export async function* extractFile(
  archive: AsyncIterable<Uint8Array>,
  fileName: string,
): AsyncGenerator<Uint8Array> {
  const reader = new BlockReader(archive);
  let header = await reader.take(blockBytes);
  while (header !== undefined && header[0] !== 0) {
    const { name, size } = parseHeader(header);
    if (name === fileName) {
      yield* reader.stream(size);
      // Reading to the end makes gzip compare its checksum.
      await reader.skipRest();
      return;
    }
    await reader.skip(Math.ceil(size / blockBytes) * blockBytes);
    header = await reader.take(blockBytes);
  }
  throw new Error(`the archive has no file ${fileName}`);
}

function parseHeader(header: Buffer): { name: string; size: number } {
  const size = Number.parseInt(text(header, 124, 12), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('the archive is not a tar file');
  const ustar = text(header, 257, 5) === 'ustar';
  const prefix = ustar ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return { name: (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, ''), size };
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field
    .subarray(0, end === -1 ? length : end)
    .toString('latin1')
    .trim();
}

class BlockReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.#source = archive[Symbol.asyncIterator]();
  }

  /** The next bytes as one piece; undefined at the end of the stream. */
  async take(bytes: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(bytes, 'may end')) parts.push(part);
    const taken = Buffer.concat(parts);
    return taken.length === bytes ? taken : undefined;
  }

  async skip(bytes: number): Promise<void> {
    for await (const _ of this.stream(bytes));
  }

  async skipRest(): Promise<void> {
    this.#rest = Buffer.alloc(0);
    while (!(await this.#source.next()).done);
  }

  async *stream(bytes: number, end: 'may end' | 'must not end' = 'must not end'): AsyncGenerator<Buffer> {
    let left = bytes;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#fill())) {
        if (end === 'may end') return;
        throw new Error('the archive ends too early');
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#rest = Buffer.from(next.value);
    return true;
  }
}
