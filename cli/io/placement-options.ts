import type { Command } from 'commander';
import type { DowngradeReason, ExecutionContext } from '../../domain/context/execution-context.js';
import type { CliIo } from './io.js';

/** Adds the options of PlacementOptions, the same on every command that takes a strategy. */
export function withPlacement(command: Command): Command {
  return command
    .option('--world <id>', 'world to run in')
    .option('--domain <name>', 'execution domain: backtest, dryrun, live, shadow or an alias')
    .option('--as-of <snapshot>', 'dataset snapshot; backtest and dryrun need one')
    .option('--partition <name>', 'tenancy split')
    .option('--strategy <id>', 'strategy id (default: from the file)')
    .option('--label <version>', 'version label (default: from the file, else v1)');
}

const reasons = {
  decision_unavailable: 'no known --domain was given',
  missing_as_of: 'backtest and dryrun need --as-of',
  stale_decision: 'the decision on the domain is too old',
} as const satisfies Record<DowngradeReason, string>;

/** Safe mode is easily overlooked in a table, and then it is unclear why nothing is shared. */
export function noteSafeMode(io: CliIo, { downgradeReason }: ExecutionContext): void {
  if (downgradeReason === undefined) return;
  io.note(
    `safe mode (${downgradeReason}): a backtest that shares nothing, because ${reasons[downgradeReason]}`,
  );
}
