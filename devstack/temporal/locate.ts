import { QmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';

/**
 * What the server is for. `workflows`: run and query workflows. `visibility`: also list and count them, schedules, and the web UI,
 * which only the dev server has.
 */
export type TemporalNeed = 'workflows' | 'visibility';

/** The ways to get a server, besides being given the address of one. */
export type TemporalWay =
  | 'path'
  | 'cached-cli'
  | 'cached-test-server'
  | 'download'
  | 'fetch-test-server'
  | 'go-install';

export type TemporalSource =
  | { readonly kind: 'external'; readonly address: string }
  | { readonly kind: 'dev-server'; readonly path: string; readonly detail: string; readonly way: TemporalWay }
  | {
      readonly kind: 'test-server';
      readonly path: string;
      readonly detail: string;
      readonly way: TemporalWay;
    };

/** What trying a way gave: the executable, or why not and what would make it work. `absent`: there was simply nothing there. */
export type Attempt =
  | { readonly ok: true; readonly path: string; readonly detail: string }
  | { readonly ok: false; readonly why: string; readonly fix?: string; readonly absent?: true };

export type TryWay = (way: TemporalWay) => Promise<Attempt>;

export interface FailedWay {
  readonly way: TemporalWay;
  readonly why: string;
  readonly fix: string | undefined;
  readonly absent: boolean;
}

/**
 * The order of trying, cheapest first. The jars of the test server, once fetched, come before the download: where that download does not
 * work it can take ten seconds to find out, at every start.
 */
const order: Readonly<Record<TemporalNeed, readonly TemporalWay[]>> = {
  workflows: ['path', 'cached-cli', 'cached-test-server', 'download', 'fetch-test-server', 'go-install'],
  visibility: ['path', 'cached-cli', 'download', 'go-install'],
};

export function waysFor(need: TemporalNeed): readonly TemporalWay[] {
  return order[need];
}

export interface LocateOptions {
  readonly need: TemporalNeed;
  /** TEMPORAL_ADDRESS. When given, nothing else is looked at. */
  readonly address: string | undefined;
  readonly tryWay: TryWay;
  readonly onFailure?: (failed: FailedWay) => void;
}

/** Finds or fetches a Temporal server, or says why each way failed and what to do. */
export async function locateTemporal(options: LocateOptions): Promise<TemporalSource> {
  if (options.address !== undefined && options.address !== '')
    return { kind: 'external', address: options.address };
  const failures: FailedWay[] = [];
  for (const way of order[options.need]) {
    const attempt = await options.tryWay(way);
    if (attempt.ok) return { kind: serverOf(way), path: attempt.path, detail: attempt.detail, way };
    const failed = { way, why: attempt.why, fix: attempt.fix, absent: attempt.absent === true };
    failures.push(failed);
    options.onFailure?.(failed);
  }
  throw nothingWorked(failures);
}

function serverOf(way: TemporalWay): 'dev-server' | 'test-server' {
  return way === 'cached-test-server' || way === 'fetch-test-server' ? 'test-server' : 'dev-server';
}

/** What a way is called in messages. */
export function describeWay(way: TemporalWay): string {
  switch (way) {
    case 'path':
      return '`temporal` on PATH';
    case 'cached-cli':
      return 'Temporal CLI in the cache';
    case 'cached-test-server':
      return 'Java test server in the cache';
    case 'download':
      return 'official download';
    case 'fetch-test-server':
      return 'Java test server through Maven';
    case 'go-install':
      return 'go install';
    default:
      return assertNever(way);
  }
}

function nothingWorked(failures: readonly FailedWay[]): QmtlError {
  const tried = failures.map(({ way, why }) => `  - ${describeWay(way)}: ${why}`);
  const fixes = failures.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
  const hint = ['set TEMPORAL_ADDRESS=host:port to a server you have', ...fixes].join('; or ');
  return new QmtlError(
    'E_TOOL_MISSING',
    `no Temporal server was found or could be fetched; tried:\n${tried.join('\n')}`,
    {
      hint,
    },
  );
}
