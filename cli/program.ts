import tab from '@bomb.sh/tab/commander';
import { Command, type CommanderError, Option } from 'commander';
import { QmtlError } from '../domain/base/errors.js';
import { packageVersion } from '../std/node/package-root.js';
import { apiCommand } from './commands/api.js';
import { codecServerCommand } from './commands/codec-server.js';
import { computeKeyCommand } from './commands/compute-key.js';
import { configCommand } from './commands/config.js';
import { demoCommand } from './commands/demo.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { exportSchemaCommand } from './commands/export-schema.js';
import { neo4jInitCommand } from './commands/neo4j-init.js';
import { nodeIdCommand } from './commands/node-id.js';
import { nodesCommand, queuesCommand } from './commands/nodes.js';
import { runCommand } from './commands/run.js';
import { stackCommand } from './commands/stack.js';
import { statusCommand } from './commands/status.js';
import { submitCommand } from './commands/submit.js';
import { topicNameCommand } from './commands/topic-name.js';
import { upCommand } from './commands/up.js';
import { workerCommand } from './commands/worker.js';
import { type CliIo, outputFormats } from './io/io.js';

const exitCodeHelp = `
Exit codes:
  0  done
  1  it was tried and failed
  2  the input was refused; nothing was written
  3  something this needs is not there (server, port, program)
  130  interrupted`;

/** The `qmtl` command. Parsing throws instead of ending the process: QmtlError, or CommanderError once help was shown. */
export function qmtlProgram(io: CliIo): Command {
  const program = new Command('qmtl')
    .description(
      'one global, content-addressed DAG of stream computations, shared by many trading strategies',
    )
    .version(packageVersion)
    .addOption(
      new Option('--output <format>', 'how results are written').choices(outputFormats).default('table'),
    )
    .option('--config <file>', 'configuration file (default: qmtl.yaml when there is one)')
    .addHelpText('after', exitCodeHelp);
  // Before the rest: commands that are made from this one take its settings over.
  throwing(program, io);
  const groups: Readonly<Record<string, readonly Command[]>> = {
    'See it work:': [demoCommand(io), upCommand(io)],
    'Strategies:': [submitCommand(io), runCommand(io), diffCommand(io), statusCommand(io)],
    'The global DAG:': [nodesCommand(io), queuesCommand(io), exportSchemaCommand(io)],
    'Check another implementation:': [nodeIdCommand(io), computeKeyCommand(io), topicNameCommand(io)],
    'Processes of a deployment:': [workerCommand(io), apiCommand(io), codecServerCommand(io)],
    'This installation:': [doctorCommand(io), stackCommand(io), configCommand(io), neo4jInitCommand(io)],
  };
  for (const [heading, commands] of Object.entries(groups)) {
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  // Adds `qmtl complete <shell>`, which prints the script a shell sources.
  tab(program);
  program.commandsGroup('This installation:');
  program.helpCommand(true);
  program.commands
    .find((command) => command.name() === 'complete')
    ?.description('print the completion script of a shell: source it, e.g. source <(qmtl complete bash)')
    .helpGroup('This installation:');
  for (const command of program.commands) throwing(command, io);
  return program;
}

/** Neither ends the process nor writes an error: both are left to the entry, which knows the output format. */
function throwing(command: Command, io: CliIo): void {
  command.exitOverride((error) => {
    throw usageError(command, error);
  });
  command.configureOutput({
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: (text) => io.note(text.trimEnd()),
    outputError: () => {},
  });
  for (const child of command.commands) throwing(child, io);
}

const shown: readonly string[] = ['commander.help', 'commander.helpDisplayed', 'commander.version'];

function usageError(command: Command, error: CommanderError): Error {
  if (shown.includes(error.code)) return error;
  return new QmtlError('E_USAGE', error.message.replace(/^error: /, ''), {
    hint: `\`${commandPath(command)} --help\` explains every option`,
    cause: error,
  });
}

function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
