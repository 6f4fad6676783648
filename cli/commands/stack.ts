import { Command } from 'commander';
import { stopStack } from '../../devstack/supervisor/control.js';
import { resetStack } from '../../devstack/supervisor/reset.js';
import { QmtlError } from '../../domain/base/errors.js';
import { type CliIo, printResult } from '../io/io.js';
import { stackLogsCommand } from '../stack/logs.js';
import { findStackFolder, type StackOptions, withFolder } from '../stack/place.js';
import { stackStatusCommand } from '../stack/status.js';
import { stackUpCommand } from '../stack/up.js';

/** `qmtl stack`: Temporal, Kafka and Neo4j on this machine, without a container engine. */
export function stackCommand(io: CliIo): Command {
  return new Command('stack')
    .description('run Temporal, Kafka and Neo4j on this machine, with persistent data')
    .addCommand(stackUpCommand(io))
    .addCommand(stackDownCommand(io))
    .addCommand(stackStatusCommand(io))
    .addCommand(stackLogsCommand(io))
    .addCommand(stackResetCommand(io));
}

function stackDownCommand(io: CliIo): Command {
  return withFolder(new Command('down'))
    .description('stop Temporal, Kafka and Neo4j, in this order; keeps the data')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<StackOptions>();
      const folder = findStackFolder(io, options);
      const stopped = await stopStack(folder, { report: ({ text }) => io.note(text) });
      printResult(io, options.output, { folder, stopped }, () =>
        stopped ? `stopped; the data is kept in ${folder}` : `nothing runs in ${folder}`,
      );
    });
}

interface ResetOptions extends StackOptions {
  readonly yes?: true;
}

function stackResetCommand(io: CliIo): Command {
  return withFolder(new Command('reset'))
    .description('stop the stack and delete its data, logs, ports and password')
    .option('--yes', 'confirm the deletion')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<ResetOptions>();
      const folder = findStackFolder(io, options);
      if (options.yes !== true) {
        throw new QmtlError(
          'E_USAGE',
          `this deletes every node, topic and workflow of the stack in ${folder}`,
          {
            hint: 'confirm with --yes',
          },
        );
      }
      await stopStack(folder, { report: ({ text }) => io.note(text) });
      await resetStack(folder);
      printResult(
        io,
        options.output,
        { folder, deleted: true },
        () => `deleted the data of the stack in ${folder}`,
      );
    });
}
