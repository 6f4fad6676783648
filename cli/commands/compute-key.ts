import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { hashComputeKey } from '../../domain/context/compute-key.js';
import {
  type ExecutionDomain,
  executionDomains,
  parseExecutionDomain,
} from '../../domain/context/execution-context.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';

interface ComputeKeyOptions extends GlobalOptions {
  readonly node: string;
  readonly world: string;
  readonly domain?: string;
  readonly asOf?: string;
  readonly partition?: string;
}

/** `qmtl compute-key`: the key of every cache of computed values. */
export function computeKeyCommand(io: CliIo): Command {
  return new Command('compute-key')
    .description('compute the ComputeKey of a node in an execution context')
    .requiredOption('--node <id>', 'NodeID; hashed as given')
    .requiredOption('--world <id>', 'world')
    .option('--domain <name>', 'execution domain or an alias; missing or `default` is backtest')
    .option('--as-of <snapshot>', 'dataset snapshot')
    .option('--partition <name>', 'tenancy split')
    .action((_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<ComputeKeyOptions>();
      const { node: nodeId, world: worldId, asOf, partition } = options;
      const domain = domainOf(options.domain);
      const computeKey = keyOf({ nodeId, worldId, asOf, partition, domain });
      const canonical = [nodeId, worldId, domain, asOf ?? '', partition ?? ''];
      printResult(
        io,
        options.output,
        { canonical: canonical.join('\u001f'), execution_domain: domain, compute_key: computeKey },
        () =>
          textFields({
            canonical: canonical.join('\\x1f'),
            execution_domain: domain,
            compute_key: computeKey,
          }),
      );
    });
}

/** A submission with an unknown domain falls back to backtest; here it is a typing error. */
function domainOf(name: string | undefined): ExecutionDomain {
  if (name === undefined || name === '' || name === 'default') return 'backtest';
  const domain = parseExecutionDomain(name);
  if (domain !== undefined) return domain;
  throw new QmtlError('E_USAGE', `${name} is not an execution domain`, {
    hint: `use ${executionDomains.join(', ')}, or an alias such as paper or prod`,
  });
}

function keyOf(parts: Parameters<typeof hashComputeKey>[0]): string {
  try {
    return hashComputeKey(parts);
  } catch (cause) {
    throw new QmtlError('E_USAGE', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
