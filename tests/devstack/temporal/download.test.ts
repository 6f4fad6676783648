import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fetchOnce } from '../../../devstack/process/cache-folder.js';
import type { Progress } from '../../../devstack/process/progress.js';
import { checkTemporalBinary } from '../../../devstack/temporal/binary.js';
import { type DownloadOptions, downloadTemporal, sdkVersion } from '../../../devstack/temporal/download.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

const tool = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';

describe('the official download', () => {
  test('the official download yields a file that runs, and reports its progress', async () => {
    const lines: Progress[] = [];
    const target = await download({}, { report: (line) => lines.push(line) });
    expect(readFileSync(target, 'utf8')).toContain('temporal version');
    expect(await checkTemporalBinary(target, process.env)).toMatchObject({ usable: true });
    expect(lines[0]?.text).toMatch(/^downloading the Temporal CLI: \d+ of \d+ MB$/);
  });

  test('the official download requests the same archive as the SDK', async () => {
    const asked: string[] = [];
    await download({ '/cli/default': (request, response) => answerInfo(asked, request, response) });
    expect(asked).toEqual([
      `/cli/default?arch=arm64&platform=darwin&format=tar.gz&sdk-name=sdk-typescript&sdk-version=${sdkVersion}`,
    ]);
    const installed: unknown = createRequire(import.meta.url)('@temporalio/testing/package.json');
    expect(installed).toMatchObject({ version: sdkVersion });
  });

  test('the official download is compared with the announced SHA-256', async () => {
    const sum = createHash('sha256').update(archive()).digest('hex');
    await download({
      '/release/checksums.txt': text(`${'0'.repeat(64)}  other.tar.gz\n${sum}  temporal.tar.gz\n`),
    });
    const wrong = download({ '/release/checksums.txt': text(`${'0'.repeat(64)}  temporal.tar.gz\n`) });
    await expect(wrong).rejects.toThrow(`${sum}, but ${'0'.repeat(64)} was announced`);
  });

  test.each<[string, Routes, RegExp]>([
    ['does not know the version', { '/cli/default': status(404) }, /answered 404/],
    ['is another server', { '/cli/default': text('<html>Log in to the hotel WLAN</html>') }, /JSON/],
    ['answers something else', { '/cli/default': text('{"archiveUrl": 1}') }, /archiveUrl/],
    ['has no archive', { '/release/temporal.tar.gz': status(404) }, /answered 404/],
    ['sends no archive', { '/release/temporal.tar.gz': text('<html></html>') }, /incorrect header check/],
    ['is cut off in the middle', { '/release/temporal.tar.gz': cutOff }, /terminated|aborted/],
    ['sends half an archive', { '/release/temporal.tar.gz': half }, /unexpected end of file/],
    ['sends an archive of something else', { '/cli/default': otherFile }, /no file other/],
  ])('the official download fails when the host %s', async (_, routes, message) => {
    await expect(download(routes)).rejects.toThrow(message);
  });

  test.each<[string, Routes]>([
    ['never answers', { '/cli/default': () => undefined }],
    ['stops sending', { '/release/temporal.tar.gz': stall }],
  ])('the official download is given up when the host %s', async (_, routes) => {
    await expect(download(routes, { stallMs: 20 })).rejects.toThrow('no data for');
  });

  test.each<[string, Routes, Partial<DownloadOptions>, RegExp]>([
    ['sends a description without end', { '/cli/default': endless }, {}, /more than 1048576 bytes/],
    [
      'sends an archive that is too large',
      {},
      { bytesMax: 200 },
      /temporal\.tar\.gz has more than 200 bytes/,
    ],
    [
      'sends an archive that is larger unpacked',
      {},
      { unpackedBytesMax: 4_000 },
      /unpacked archive has more than 4000 bytes/,
    ],
    [
      'sends slowly without end',
      { '/release/temporal.tar.gz': dripping },
      { totalMs: 50 },
      /not complete after/,
    ],
  ])('the official download is given up when the host %s', async (_, routes, options, message) => {
    await expect(download(routes, options)).rejects.toThrow(message);
  });

  test('a failed download leaves nothing in the cache', async () => {
    const cache = scratchFolder();
    const origin = await host({ '/release/temporal.tar.gz': cutOff });
    const fetching = fetchOnce({
      cache,
      name: 'temporal',
      present: async () => undefined,
      fetch: (draft) => downloadTemporal(draft, { report: () => undefined, origin }),
    });
    await expect(fetching).rejects.toThrow(/terminated|aborted/);
    expect(readdirSync(cache)).toEqual([]);
  });

  test('the caller can abort a download', async () => {
    const abort = new AbortController();
    const origin = await host({ '/cli/default': () => abort.abort(new Error('interrupted')) });
    const options = { report: () => undefined, origin, signal: abort.signal };
    await expect(downloadTemporal(join(scratchFolder(), 'temporal'), options)).rejects.toThrow('interrupted');
  });

  test.each([
    ['linux', 'riscv64', 'architecture riscv64'],
    ['sunos', 'x64', 'for sunos'],
  ])('the official download is not tried on %s %s', async (platform, arch, why) => {
    const options = { report: () => undefined, platform, arch };
    await expect(downloadTemporal('/no/such/folder/x', options)).rejects.toThrow(why);
  });
});

type Route = (request: IncomingMessage, response: ServerResponse) => void;
type Routes = Readonly<Record<string, Route>>;

async function download(routes: Routes, options: Partial<DownloadOptions> = {}): Promise<string> {
  const target = join(scratchFolder(), 'temporal');
  const origin = await host(routes);
  await downloadTemporal(target, {
    report: () => undefined,
    origin,
    platform: 'darwin',
    arch: 'arm64',
    ...options,
  });
  return target;
}

/** A download host like the official one, with some routes replaced. */
async function host(routes: Routes): Promise<string> {
  const all: Routes = {
    '/cli/default': (request, response) => answerInfo([], request, response),
    '/release/temporal.tar.gz': (_, response) => send(response, archive()),
    ...routes,
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    (all[path] ?? status(404))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

function answerInfo(
  asked: string[],
  request: IncomingMessage,
  response: ServerResponse,
  file = 'temporal',
): void {
  asked.push(request.url ?? '');
  const archiveUrl = `http://${request.headers.host}/release/temporal.tar.gz`;
  response.end(JSON.stringify({ archiveUrl, fileToExtract: file }));
}

function otherFile(request: IncomingMessage, response: ServerResponse): void {
  answerInfo([], request, response, 'other');
}

function status(code: number): Route {
  return (_, response) => void response.writeHead(code).end('no');
}

function text(body: string): Route {
  return (_, response) => void response.end(body);
}

function cutOff(_: IncomingMessage, response: ServerResponse): void {
  const body = archive();
  response.writeHead(200, { 'content-length': body.length });
  response.write(body.subarray(0, body.length / 2), () => response.destroy());
}

function half(_: IncomingMessage, response: ServerResponse): void {
  send(response, archive().subarray(0, 200));
}

function stall(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': archive().length });
  response.write(archive().subarray(0, 100));
}

/** Fills what is asked for, as long as it is read. */
function endless(_: IncomingMessage, response: ServerResponse): void {
  const part = Buffer.alloc(65_536, ' ');
  const fill = (): void => {
    while (!response.destroyed && response.write(part));
  };
  response.on('drain', fill);
  fill();
}

function dripping(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200);
  let sent = 0;
  const drops = setInterval(() => {
    response.write(archive().subarray(sent, sent + 1));
    sent += 1;
  }, 10);
  response.once('close', () => clearInterval(drops));
}

function send(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-length': body.length }).end(body);
}

let made: Buffer | undefined;

/** A tar archive of a licence and a tool, as in a release. */
function archive(): Buffer {
  made ??= makeArchive();
  return made;
}

function makeArchive(): Buffer {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'LICENSE'), 'x'.repeat(3_000));
  writeScript(join(folder, 'temporal'), `${tool}\n: ${Buffer.alloc(2_000, 'abc').toString('hex')}`);
  return execFileSync('tar', ['-C', folder, '-czf', '-', 'LICENSE', 'temporal']);
}
