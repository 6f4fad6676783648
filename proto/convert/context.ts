import { create } from '@bufbuild/protobuf';
import { isWorldId } from '../../domain/base/ids.js';
import type {
  DowngradeReason,
  ExecutionContext,
  ExecutionDomain,
} from '../../domain/context/execution-context.js';
import * as wire from '../gen/qmtl/v1/submission_pb.js';
import { malformed, parsed } from './fields.js';

// Each table stops compiling when either side gains a value.

const domainToWire = {
  backtest: wire.ExecutionDomain.BACKTEST,
  dryrun: wire.ExecutionDomain.DRYRUN,
  live: wire.ExecutionDomain.LIVE,
  shadow: wire.ExecutionDomain.SHADOW,
} as const satisfies Record<ExecutionDomain, wire.ExecutionDomain>;

const domainFromWire = {
  [wire.ExecutionDomain.UNSPECIFIED]: undefined,
  [wire.ExecutionDomain.BACKTEST]: 'backtest',
  [wire.ExecutionDomain.DRYRUN]: 'dryrun',
  [wire.ExecutionDomain.LIVE]: 'live',
  [wire.ExecutionDomain.SHADOW]: 'shadow',
} as const satisfies Record<wire.ExecutionDomain, ExecutionDomain | undefined>;

const reasonToWire = {
  decision_unavailable: wire.DowngradeReason.DECISION_UNAVAILABLE,
  missing_as_of: wire.DowngradeReason.MISSING_AS_OF,
  stale_decision: wire.DowngradeReason.STALE_DECISION,
} as const satisfies Record<DowngradeReason, wire.DowngradeReason>;

const reasonFromWire = {
  [wire.DowngradeReason.UNSPECIFIED]: undefined,
  [wire.DowngradeReason.DECISION_UNAVAILABLE]: 'decision_unavailable',
  [wire.DowngradeReason.MISSING_AS_OF]: 'missing_as_of',
  [wire.DowngradeReason.STALE_DECISION]: 'stale_decision',
} as const satisfies Record<wire.DowngradeReason, DowngradeReason | undefined>;

export function contextToWire(context: ExecutionContext): wire.ExecutionContext {
  return create(wire.ExecutionContextSchema, {
    worldId: context.worldId,
    domain: domainToWire[context.domain],
    asOf: context.asOf,
    partition: context.partition,
    downgradeReason:
      context.downgradeReason === undefined
        ? wire.DowngradeReason.UNSPECIFIED
        : reasonToWire[context.downgradeReason],
  });
}

export function contextFromWire(context: wire.ExecutionContext | undefined): ExecutionContext {
  const at = context ?? malformed('context');
  const downgradeReason = reasonFromWire[at.downgradeReason];
  return {
    worldId: parsed(at.worldId, isWorldId, 'world_id'),
    domain: domainFromWire[at.domain] ?? malformed('domain'),
    asOf: at.asOf,
    partition: at.partition,
    ...(downgradeReason === undefined ? {} : { downgradeReason }),
  };
}
