import { join } from 'node:path';
import { isQmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';
import { cachedTestServer, fetchTestServer, testServerVersion } from '../java/test-server.js';
import { checkJava, checkJavaFetch } from '../java/tools.js';
import { cacheFolder, fetchOnce } from '../process/cache-folder.js';
import { describeFailure, type Environment, type Report } from '../process/progress.js';
import { findOnPath, fixes, isExecutableFile } from '../process/tool.js';
import { checkTemporalBinary } from './binary.js';
import { type DownloadOptions, downloadTemporal, sdkVersion } from './download.js';
import { checkGo, goInstallTemporal, goInstallVersion } from './go-install.js';
import type { Attempt, TemporalWay, TryWay } from './locate.js';

export interface WayOptions {
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Replaces Temporal's own host, for a mirror or for tests. */
  readonly downloadOrigin?: string;
}

/** The Temporal CLIs in the cache by the way they were fetched, each named after what determines its version. */
const cliEntries = {
  download: `temporal-cli-sdk-${sdkVersion}`,
  'go-install': `temporal-cli-${goInstallVersion}`,
} as const;
type CliEntry = keyof typeof cliEntries;

/** The ways on this machine. */
export function waysOnThisMachine(options: WayOptions): TryWay {
  return async (way) => {
    try {
      return await tryWay(way, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // An unwritable cache folder stops every way of fetching: the user must fix it.
      if (isQmtlError(error) && error.code === 'E_FILE') throw error;
      return {
        ok: false,
        why: `${describeFailure(error)}${way === 'download' ? proxyNote(options.env) : ''}`,
      };
    }
  };
}

/** Maven and Go have their own proxy settings; `fetch` of Node 20 has none. */
function proxyNote(env: Environment): string {
  const proxy = env.HTTPS_PROXY ?? env.https_proxy;
  return proxy ? ' (this download does not use the proxy of HTTPS_PROXY)' : '';
}

function tryWay(way: TemporalWay, options: WayOptions): Promise<Attempt> {
  switch (way) {
    case 'path':
      return onPath(options);
    case 'cached-cli':
      return cachedCli(options);
    case 'cached-test-server':
      return cachedJava(options);
    case 'download':
      return download(options);
    case 'fetch-test-server':
      return fetchJava(options);
    case 'go-install':
      return goInstall(options);
    default:
      return assertNever(way);
  }
}

async function onPath({ env, signal }: WayOptions): Promise<Attempt> {
  const path = await findOnPath('temporal', env);
  if (path === undefined) return { ok: false, why: 'there is none', fix: fixes.cli, absent: true };
  const check = await checkTemporalBinary(path, env, signal);
  if (!check.usable) return { ok: false, why: `${path} is not usable: ${check.why}`, fix: fixes.cli };
  return { ok: true, path, detail: `server ${check.serverVersion}` };
}

async function cachedCli(options: WayOptions): Promise<Attempt> {
  const downloaded = await cachedCliOf('download', options);
  if (downloaded.ok) return downloaded;
  const built = await cachedCliOf('go-install', options);
  // A file that does not run is a more useful finding than a missing one.
  return built.ok || downloaded.absent ? built : downloaded;
}

async function cachedCliOf(entry: CliEntry, options: WayOptions): Promise<Attempt> {
  const path = join(cacheFolder(options.env), cliEntries[entry]);
  if (!(await isExecutableFile(path))) return nothingCached(options);
  const check = await checkTemporalBinary(path, options.env, options.signal);
  if (!check.usable) return { ok: false, why: `${path} is not usable: ${check.why}` };
  return { ok: true, path, detail: `server ${check.serverVersion}` };
}

async function cachedJava(options: WayOptions): Promise<Attempt> {
  const java = await checkJava(options.env, options.signal);
  if (!java.usable) return { ok: false, why: java.why, absent: true };
  const path = await cachedTestServer(cacheFolder(options.env), java.path);
  if (path === undefined) return nothingCached(options);
  return { ok: true, path, detail: `test server ${testServerVersion}, ${java.version}` };
}

function nothingCached({ env }: WayOptions): Attempt & { readonly ok: false } {
  return { ok: false, why: `there is none in ${cacheFolder(env)}`, absent: true };
}

async function download(options: WayOptions): Promise<Attempt> {
  options.report({ kind: 'step', text: 'downloading the Temporal CLI (once; about 60 MB)' });
  return fetchCli('download', options, (draft) => downloadTemporal(draft, downloadOptions(options)));
}

async function goInstall(options: WayOptions): Promise<Attempt> {
  const go = await checkGo(options.env, options.signal);
  if (!go.usable) return { ok: false, why: go.why, fix: fixes.go };
  const text = `building the Temporal CLI ${goInstallVersion} with ${go.version} (once; takes minutes)`;
  options.report({ kind: 'step', text });
  return fetchCli('go-install', options, (draft) => goInstallTemporal(draft, { ...options, go: go.path }));
}

/** Adds a fetched CLI to the cache after a check that it runs. */
async function fetchCli(
  entry: CliEntry,
  options: WayOptions,
  fetch: (draft: string) => Promise<void>,
): Promise<Attempt> {
  return fetchOnce({
    cache: cacheFolder(options.env),
    name: cliEntries[entry],
    present: async () => {
      const cached = await cachedCliOf(entry, options);
      return cached.ok ? cached : undefined;
    },
    fetch: async (draft) => {
      await fetch(draft);
      const check = await checkTemporalBinary(draft, options.env, options.signal);
      if (!check.usable) throw new Error(`the fetched file is not usable: ${check.why}`);
    },
    onWait: () =>
      options.report({ kind: 'step', text: 'waiting for another process that fetches the Temporal CLI' }),
    signal: options.signal,
  });
}

async function fetchJava(options: WayOptions): Promise<Attempt> {
  const java = await checkJava(options.env, options.signal);
  if (!java.usable) return { ok: false, why: java.why, fix: fixes.java };
  const tools = await checkJavaFetch(options.env);
  if (!tools.usable) return { ok: false, why: tools.why, fix: fixes.java };
  options.report({ kind: 'step', text: 'fetching the Java test server with Maven (once; 33 MB)' });
  const path = await fetchTestServer({ ...options, cache: cacheFolder(options.env), java: java.path });
  return { ok: true, path, detail: `test server ${testServerVersion}, ${java.version}` };
}

export function downloadOptions({ report, signal, downloadOrigin }: WayOptions): DownloadOptions {
  return { report, signal, ...(downloadOrigin === undefined ? {} : { origin: downloadOrigin }) };
}
