import { QmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';

/**
 * The purpose of the server. `workflows`: run and query workflows. `visibility`: also list and count them, schedules, and the
 * web UI, which only the dev server has.
 */
export type TemporalNeed = 'workflows' | 'visibility';

/** The ways to get a server without a given address. */
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

/** The result of trying a way: the executable, or the reason of the failure and a fix. `absent`: there was nothing to try. */
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
 * The order of trying, cheapest first. The jars of the test server, once fetched, come before the download: a download that
 * does not work can take ten seconds to fail, at every start.
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
  /** TEMPORAL_ADDRESS. If given, nothing else is tried. */
  readonly address: string | undefined;
  readonly tryWay: TryWay;
  readonly onFailure?: (failed: FailedWay) => void;
}

/** Finds or fetches a Temporal server; the error says why each way failed and what to do. */
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

/** The name of a way in messages. */
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
  const hint = ['set TEMPORAL_ADDRESS=host:port to a running server', ...fixes].join('; or ');
  return new QmtlError(
    'E_TOOL_MISSING',
    `no Temporal server was found or could be fetched; tried:\n${tried.join('\n')}`,
    {
      hint,
    },
  );
}
