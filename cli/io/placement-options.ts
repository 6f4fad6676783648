import { type Command, InvalidArgumentError } from 'commander';
import { isQmtlError, type Problem, QmtlError } from '../../domain/base/errors.js';
import type { DowngradeReason, ExecutionContext } from '../../domain/context/execution-context.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { checkedSubmission } from '../../sdk/compile/checked-submission.js';
import type { CliIo } from './io.js';
import type { PlacementOptions } from './submission-file.js';

/** Adds the options of PlacementOptions, the same on every command that takes a strategy. */
export function withPlacement(command: Command): Command {
  return command
    .option('--world <id>', 'world to run in', notEmpty)
    .option('--domain <name>', 'execution domain: backtest, dryrun, live, shadow or an alias', notEmpty)
    .option('--as-of <snapshot>', 'dataset snapshot; backtest and dryrun need one', notEmpty)
    .option('--partition <name>', 'tenancy split', notEmpty)
    .option('--strategy <id>', 'strategy id (default: from the file)', notEmpty)
    .option('--label <version>', 'version label (default: from the file, else v1)', notEmpty);
}

/** An empty text, mostly of a variable that is not set, would count as an option that is not given. */
function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

interface PlacedField {
  readonly option: keyof PlacementOptions;
  readonly flag: string;
  readonly field: string;
}

/** The options by the place in the document that they set. */
const placedFields: Readonly<Record<string, PlacedField>> = {
  '/strategy_id': { option: 'strategy', flag: '--strategy', field: 'strategy_id' },
  '/world_id': { option: 'world', flag: '--world', field: 'world_id' },
  '/execution_domain': { option: 'domain', flag: '--domain', field: 'execution_domain' },
  '/as_of': { option: 'asOf', flag: '--as-of', field: 'as_of' },
  '/partition': { option: 'partition', flag: '--partition', field: 'partition' },
  '/meta/version': { option: 'label', flag: '--label', field: 'version' },
};

/** `checkedSubmission` of a document that options were put into: its problems name the options. */
export function checkedPlacement(document: unknown, options: PlacementOptions): Submission {
  try {
    return checkedSubmission(document);
  } catch (error) {
    if (!isQmtlError(error)) throw error;
    const { code, message, hint = '', cause } = error;
    const problems = error.problems.map((problem) => inOptions(problem, options));
    throw new QmtlError(code, message, { problems, hint, cause });
  }
}

function inOptions(problem: Problem, options: PlacementOptions): Problem {
  const placed = Object.hasOwn(placedFields, problem.path) ? placedFields[problem.path] : undefined;
  if (placed === undefined) return problem;
  const { option, flag, field } = placed;
  const isMissing = problem.code === 'E_WORLD_IDS_REQUIRED';
  if (options[option] === undefined && !isMissing)
    return { ...problem, hint: `${problem.hint}, or give ${flag}` };
  const named = (text: string) => text.replaceAll(field, flag);
  return { ...problem, path: flag, message: named(problem.message), hint: named(problem.hint) };
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
