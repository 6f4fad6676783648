import { isPlainObject } from '../../std/json.js';
import { isWorldId, type WorldId } from '../base/ids.js';

export const executionDomains = ['backtest', 'dryrun', 'live', 'shadow'] as const;
export type ExecutionDomain = (typeof executionDomains)[number];

export const downgradeReasons = ['decision_unavailable', 'missing_as_of', 'stale_decision'] as const;
export type DowngradeReason = (typeof downgradeReasons)[number];

/** Where, and on which data, a strategy computes. Not part of any NodeID. */
export interface ExecutionContext {
  readonly worldId: WorldId;
  readonly domain: ExecutionDomain;
  /** Dataset snapshot; '' = none. */
  readonly asOf: string;
  /** Split of tenants; '' = none. */
  readonly partition: string;
  /** Set when safe mode demoted the request to backtest. */
  readonly downgradeReason?: DowngradeReason;
}

export function isExecutionDomain(text: string): text is ExecutionDomain {
  return executionDomains.some((domain) => domain === text);
}

export function isDowngradeReason(text: string): text is DowngradeReason {
  return downgradeReasons.some((reason) => reason === text);
}

/** Whether a stored value is a context. */
export function isExecutionContext(value: unknown): value is ExecutionContext {
  if (!isPlainObject(value)) return false;
  const { worldId, domain, asOf, partition, downgradeReason } = value;
  return (
    typeof worldId === 'string' &&
    isWorldId(worldId) &&
    executionDomains.some((name) => name === domain) &&
    typeof asOf === 'string' &&
    typeof partition === 'string' &&
    (downgradeReason === undefined || downgradeReasons.some((reason) => reason === downgradeReason))
  );
}

/** Names of each domain, in lower case and without spaces, `_` and `-` (docs/spec/submission.md#execution-context). */
const domainNames: ReadonlyMap<string, ExecutionDomain> = new Map<string, ExecutionDomain>([
  ...namesOf(
    'backtest',
    'backtesting',
    'compute',
    'computeonly',
    'offline',
    'sandbox',
    'validate',
    'validation',
  ),
  ...namesOf('dryrun', 'paper', 'papertrade', 'papertrading', 'papermode', 'sim', 'simulation', 'simulated'),
  ...namesOf('live', 'prod', 'production'),
  ...namesOf('shadow'),
]);

function namesOf(domain: ExecutionDomain, ...aliases: readonly string[]): [string, ExecutionDomain][] {
  return [domain, ...aliases].map((name) => [name, domain]);
}

/** The domain a name stands for; undefined for an unknown name. */
export function parseExecutionDomain(name: string): ExecutionDomain | undefined {
  return domainNames.get(name.toLowerCase().replace(/[\s_-]/g, ''));
}

/** The world's decision about where to run, as far as it is known. `stale`: the decision is too old. */
export interface DomainDecision {
  readonly domain?: string | undefined;
  readonly asOf?: string | undefined;
  readonly stale?: boolean | undefined;
}

export interface SafeMode {
  readonly domain: ExecutionDomain;
  readonly downgraded: boolean;
  /** Set exactly when downgraded. */
  readonly reason?: DowngradeReason;
}

/**
 * The domain a request may run in (docs/spec/submission.md#safe-mode): in doubt it is demoted to backtest, never to live.
 *
 * No or unknown domain: `decision_unavailable`, whatever else is given. Then a stale decision, then backtest or dryrun
 * without as_of.
 */
export function evaluateSafeMode(decision: DomainDecision): SafeMode {
  const domain = parseExecutionDomain(decision.domain ?? '');
  if (domain === undefined) return demoted('decision_unavailable');
  if (decision.stale === true) return demoted('stale_decision');
  const needsAsOf = domain === 'backtest' || domain === 'dryrun';
  if (needsAsOf && (decision.asOf ?? '').trim() === '') return demoted('missing_as_of');
  return { domain, downgraded: false };
}

function demoted(reason: DowngradeReason): SafeMode {
  return { domain: 'backtest', downgraded: true, reason };
}

/** The context a request runs in. as_of is kept as given, trimmed, in every domain. */
export function resolveContext(
  request: DomainDecision & { readonly worldId: WorldId; readonly partition?: string | undefined },
): ExecutionContext {
  const { domain, reason } = evaluateSafeMode(request);
  return {
    worldId: request.worldId,
    domain,
    asOf: (request.asOf ?? '').trim(),
    partition: (request.partition ?? '').trim(),
    ...(reason === undefined ? {} : { downgradeReason: reason }),
  };
}
