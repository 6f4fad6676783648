import { isQmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';
import { checkJava, checkJavaFetch } from '../java/tools.js';
import { describeFailure } from '../process/progress.js';
import { fixes, type ToolCheck } from '../process/tool.js';
import { fetchDownloadInfo } from './download.js';
import { probeExternal } from './external.js';
import { checkGo, goInstallVersion } from './go-install.js';
import {
  type Attempt,
  describeWay,
  locateTemporal,
  type TemporalNeed,
  type TemporalWay,
  waysFor,
} from './locate.js';
import { downloadOptions, type WayOptions, waysOnThisMachine } from './ways.js';

const downloadAnswerMs = 3_000;

/** The finding of `qmtl doctor` about one way to get a Temporal server. */
interface WayFinding {
  readonly name: string;
  readonly usable: boolean;
  readonly detail: string;
}

interface NeedFinding {
  readonly need: TemporalNeed;
  /** `now`: it starts at once; `after-fetch`: something is fetched first; `no`: nothing works. */
  readonly ready: 'now' | 'after-fetch' | 'no';
  readonly detail: string;
  /** What to do if nothing works. */
  readonly hint?: string;
}

export interface TemporalInspection {
  readonly ways: readonly WayFinding[];
  readonly needs: readonly NeedFinding[];
}

const needs: readonly TemporalNeed[] = ['workflows', 'visibility'];

/** The ways on this machine and the one each need will use. Starts and fetches nothing. */
export async function inspectTemporal(options: Omit<WayOptions, 'report'>): Promise<TemporalInspection> {
  const address = options.env.TEMPORAL_ADDRESS;
  if (address !== undefined && address !== '') return inspectExternal(address);
  const look = lookAtWays({ ...options, report: () => undefined });
  const attempts = new Map<TemporalWay, Attempt>();
  for (const way of waysFor('workflows')) attempts.set(way, await look(way));
  const tryWay = async (way: TemporalWay): Promise<Attempt> => attempts.get(way) ?? look(way);
  const found: NeedFinding[] = [];
  for (const need of needs) found.push(await inspectNeed(need, tryWay));
  return { ways: [...attempts].map(([way, attempt]) => wayFinding(way, attempt)), needs: found };
}

function wayFinding(way: TemporalWay, attempt: Attempt): WayFinding {
  const detail = attempt.ok ? attempt.detail : attempt.why;
  return { name: describeWay(way), usable: attempt.ok, detail };
}

async function inspectExternal(address: string): Promise<TemporalInspection> {
  const name = `TEMPORAL_ADDRESS=${address}`;
  try {
    await probeExternal(address);
    const answers = needs.map(
      (need) => ({ need, ready: 'now', detail: `the server at ${address}` }) as const,
    );
    return { ways: [{ name, usable: true, detail: 'it answers' }], needs: answers };
  } catch (error) {
    if (!isQmtlError(error)) throw error;
    const { message, hint } = error;
    const fails = needs.map(
      (need) => ({ need, ready: 'no', detail: message, ...(hint && { hint }) }) as const,
    );
    return { ways: [{ name, usable: false, detail: message }], needs: fails };
  }
}

async function inspectNeed(
  need: TemporalNeed,
  tryWay: (way: TemporalWay) => Promise<Attempt>,
): Promise<NeedFinding> {
  try {
    const source = await locateTemporal({ need, address: undefined, tryWay });
    if (source.kind === 'external') return { need, ready: 'now', detail: source.address };
    return {
      need,
      ready: fetches(source.way) ? 'after-fetch' : 'now',
      detail: `${describeWay(source.way)}: ${source.detail}`,
    };
  } catch (error) {
    if (!isQmtlError(error)) throw error;
    return {
      need,
      ready: 'no',
      detail: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
}

function fetches(way: TemporalWay): boolean {
  return way === 'download' || way === 'fetch-test-server' || way === 'go-install';
}

/** Like trying the ways, but only checks whether those that fetch would work. */
function lookAtWays(options: WayOptions): (way: TemporalWay) => Promise<Attempt> {
  const tryWay = waysOnThisMachine(options);
  return (way) => {
    switch (way) {
      case 'path':
      case 'cached-cli':
      case 'cached-test-server':
        return tryWay(way);
      case 'download':
        return lookAtDownload(options);
      case 'fetch-test-server':
        return lookAtJava(options);
      case 'go-install':
        return lookAtGo(options);
      default:
        return assertNever(way);
    }
  };
}

async function lookAtDownload(options: WayOptions): Promise<Attempt> {
  try {
    const info = await fetchDownloadInfo({ ...downloadOptions(options), stallMs: downloadAnswerMs });
    return { ok: true, path: info.archiveUrl, detail: `${info.archiveUrl} (once; about 60 MB)` };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { ok: false, why: describeFailure(error) };
  }
}

async function lookAtJava({ env, signal }: WayOptions): Promise<Attempt> {
  const java = await checkJava(env, signal);
  const fetch = await checkJavaFetch(env);
  return wouldWork(
    java.usable ? fetch : java,
    fixes.java,
    java.usable ? `${java.version}; some seconds, once` : '',
  );
}

async function lookAtGo({ env, signal }: WayOptions): Promise<Attempt> {
  const go = await checkGo(env, signal);
  return wouldWork(go, fixes.go, go.usable ? `${goInstallVersion} with ${go.version}; minutes, once` : '');
}

function wouldWork(tool: ToolCheck, fix: string, detail: string): Attempt {
  return tool.usable ? { ok: true, path: tool.path, detail } : { ok: false, why: tool.why, fix };
}
