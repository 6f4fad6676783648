import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { formatElapsed, type Report, throttled } from '../process/progress.js';
import { bytesOf, extractFile } from './tar-extract.js';

/** The source of @temporalio/testing, which serves the CLI that this version of the SDK was tested with. */
const officialOrigin = 'https://temporal.download';
export const sdkVersion = '1.23.0';
const stallMs = 10_000;

/** Bounds of one answer. */
interface Bounds {
  readonly bytesMax: number;
  readonly totalMs: number;
}

/** A description of a release or its list of sums: a few kilobytes. */
const textBounds: Bounds = { bytesMax: 1024 * 1024, totalMs: 60_000 };
/** An archive has 60 MB, on a slow line in a quarter of an hour. */
const archiveBounds: Bounds = { bytesMax: 512 * 1024 * 1024, totalMs: 3_600_000 };
/** An unpacked archive has 200 MB. */
const unpackedBytesMax = 2 * 1024 * 1024 * 1024;

export interface DownloadOptions {
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly origin?: string;
  readonly platform?: string;
  readonly arch?: string;
  readonly stallMs?: number;
  readonly bytesMax?: number;
  readonly unpackedBytesMax?: number;
  readonly totalMs?: number;
}

const infoSchema = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });
export type DownloadInfo = z.infer<typeof infoSchema>;

/** Downloads the Temporal CLI to a file. After an error the file must not be used. */
export async function downloadTemporal(target: string, options: DownloadOptions): Promise<void> {
  const info = await fetchDownloadInfo(options);
  const expected = await fetchChecksum(info.archiveUrl, options);
  const hash = createHash('sha256');
  const report = throttled(options.report);
  const bytesMax = options.unpackedBytesMax ?? unpackedBytesMax;
  await pipeline(
    fetchBytes(info.archiveUrl, archiveBounds, options, (chunk, progress) => {
      hash.update(chunk);
      report({ kind: 'progress', text: `downloading the Temporal CLI: ${progress}` });
    }),
    createGunzip(),
    (archive: AsyncIterable<Uint8Array>) =>
      extractFile(upTo(bytesMax, archive, 'the unpacked archive'), info.fileToExtract),
    createWriteStream(target, { flags: 'wx' }),
  );
  const actual = hash.digest('hex');
  if (expected !== undefined && expected !== actual) {
    throw new Error(`the archive has the SHA-256 ${actual}, but ${expected} was announced`);
  }
  await chmod(target, 0o755);
}

/** Requests the archive for this machine. */
export async function fetchDownloadInfo(options: DownloadOptions): Promise<DownloadInfo> {
  const query = new URLSearchParams({
    arch: archiveArch(options.arch ?? process.arch),
    platform: archivePlatform(options.platform ?? process.platform),
    format: 'tar.gz',
    'sdk-name': 'sdk-typescript',
    'sdk-version': sdkVersion,
  });
  const body = await fetchText(
    `${options.origin ?? officialOrigin}/cli/default?${query.toString()}`,
    options,
  );
  return infoSchema.parse(JSON.parse(body));
}

function archiveArch(arch: string): string {
  if (arch === 'x64') return 'amd64';
  if (arch === 'arm64') return 'arm64';
  throw new Error(`there is no archive for the processor architecture ${arch}`);
}

function archivePlatform(platform: string): string {
  if (platform === 'linux' || platform === 'darwin') return platform;
  throw new Error(`there is no usable archive for ${platform}`);
}

/** The SHA-256 that the release announces for an archive; undefined if it announces none. */
async function fetchChecksum(archiveUrl: string, options: DownloadOptions): Promise<string | undefined> {
  try {
    const sums = await fetchText(new URL('checksums.txt', archiveUrl).href, options);
    const file = basename(new URL(archiveUrl).pathname);
    const line = sums.split('\n').find((candidate) => candidate.trim().endsWith(` ${file}`));
    return line === undefined ? undefined : /^[0-9a-f]{64}\b/.exec(line)?.[0];
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
}

async function fetchText(url: string, options: DownloadOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fetchBytes(url, textBounds, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

type OnChunk = (chunk: Uint8Array, progress: string) => void;

/** The body of a GET; fails when no data arrives within the stall limit, or when it passes one of the bounds. */
async function* fetchBytes(
  url: string,
  bounds: Bounds,
  options: DownloadOptions,
  onChunk?: OnChunk,
): AsyncGenerator<Uint8Array> {
  const limitMs = options.stallMs ?? stallMs;
  const { bytesMax, totalMs } = { ...bounds, ...options };
  const late = new AbortController();
  const giveUp = (why: string): void => late.abort(new Error(why));
  const timer = setTimeout(() => giveUp(`no data for ${formatElapsed(limitMs)}`), limitMs);
  const deadline = setTimeout(
    () => giveUp(`${url} is not complete after ${formatElapsed(totalMs)}`),
    totalMs,
  );
  const signal = options.signal === undefined ? late.signal : AbortSignal.any([late.signal, options.signal]);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    let bytes = 0;
    for await (const chunk of upTo(bytesMax, bytesOf(response.body), url)) {
      timer.refresh();
      bytes += chunk.length;
      onChunk?.(chunk, formatBytes(bytes, total));
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
  }
}

/** The parts of a stream; throws when they are longer than the limit. */
async function* upTo(
  bytesMax: number,
  parts: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const part of parts) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`${what} has more than ${bytesMax} bytes`);
    yield part;
  }
}

function formatBytes(bytes: number, total: number): string {
  const mib = (count: number): string => (count / 1_048_576).toFixed(0);
  return total > 0 ? `${mib(bytes)} of ${mib(total)} MB` : `${mib(bytes)} MB`;
}
