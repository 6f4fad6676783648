import tab from '@bomb.sh/tab/commander';
import { Command, type CommanderError, Option } from 'commander';
import { isQmtlError, QmtlError } from '../domain/base/errors.js';
import { authorPlace } from '../sdk/compile/author-place.js';
import { describeThrown } from '../sdk/nodes/foreign-value.js';
import { namingMissing, refuseOtherMajors } from '../sdk/submission/optional-packages.js';
import { assertNever } from '../std/assert-never.js';
import { findErrno } from '../std/node/errno.js';
import { packageVersion } from '../std/node/package-root.js';
import { type CommandEntry, commandTable } from './command-table.js';
import { type FailureReport, reportFailure } from './io/failure.js';
import { type CliIo, type OutputFormat, outputFormats } from './io/io.js';
import type { Stray } from './io/process-io.js';

/** Runs one command line, reports a failure, and returns the exit code. Never rejects. */
export async function qmtl(io: CliIo, args: readonly string[]): Promise<number> {
  try {
    refuseUnknownHelp(args);
    const program = await qmtlProgram(io, args);
    await withPackages(args, () => program.parseAsync([...args], { from: 'user' }));
    return 0;
  } catch (error) {
    const { text, exitCode } = reportFailure(error, formatOf(args), io.interrupted.aborted);
    if (text !== '') io.note(text);
    return exitCode;
  }
}

const runsAuthorCode: readonly string[] = ['run', 'submit', 'diff', 'node-code'];

/** A process that ended without the result of its command: mostly by the code of an author. */
export function reportStray(stray: Stray, args: readonly string[]): FailureReport {
  const isInterrupted = stray.kind === 'thrown' && stray.interrupted;
  return reportFailure(strayError(stray, args), formatOf(args), isInterrupted);
}

function strayError(stray: Stray, args: readonly string[]): unknown {
  const isAuthors = args.some((argument) => runsAuthorCode.includes(argument));
  const code = isAuthors ? 'E_STRATEGY_MODULE' : 'E_INTERNAL';
  switch (stray.kind) {
    case 'unsettled':
      return new QmtlError(code, 'the command cannot go on: it waits for a promise that never settles', {
        hint: 'look for such a promise in the strategy module and in `read` of its sources',
      });
    case 'exit':
      return new QmtlError(code, `the process was ended by a call of process.exit(${stray.code})`, {
        hint: 'throw an error instead: a strategy module must not end the process',
      });
    case 'thrown':
      return isAuthors && !isQmtlError(stray.error) ? uncaught(stray.error) : stray.error;
    default:
      return assertNever(stray);
  }
}

function uncaught(error: unknown): QmtlError {
  const place = authorPlace(error);
  return new QmtlError('E_STRATEGY_MODULE', `an error was thrown and not caught: ${describeThrown(error)}`, {
    hint: place === undefined ? 'await the promise that rejects' : `it was thrown at ${place}`,
    cause: error,
  });
}

/** Read here too: the error of a command line that cannot be parsed has the requested format. */
function formatOf(args: readonly string[]): OutputFormat {
  const isJson = args.some(
    (argument, index) =>
      argument === '--output=json' || (argument === 'json' && args[index - 1] === '--output'),
  );
  return isJson ? 'json' : 'table';
}

const exitCodeHelp = `
Exit codes:
  0  done
  1  it was tried and failed
  2  the input was refused; nothing was written
  3  something this needs is not there (server, port, program)
  130  interrupted`;

/**
 * The `qmtl` command. Parsing throws instead of ending the process: QmtlError, or CommanderError once help was shown.
 *
 * `args`: the command line. Only the commands it names are loaded, so that none loads the packages of another.
 */
async function qmtlProgram(io: CliIo, args: readonly string[]): Promise<Command> {
  const program = new Command('qmtl')
    .description(
      'one global, content-addressed DAG of stream computations, shared by many trading strategies',
    )
    .version(packageVersion)
    .addOption(new Option('--output <format>', 'format of results').choices(outputFormats).default('table'))
    .option('--config <file>', 'configuration file (default: qmtl.yaml if it exists)')
    .addHelpText('after', exitCodeHelp);
  // First: subcommands created later inherit these settings.
  throwing(program, io);
  const asked = askedFrom(args);
  for (const entry of commandTable) {
    const { needs } = entry;
    const command = asked.includes(entry) ? await entry.load(io) : standIn(entry);
    if (needs !== undefined) command.hook('preAction', () => refuseOtherMajors(needs));
    program.addCommand(command.helpGroup(entry.heading));
  }
  // Adds `qmtl complete <shell>`, which prints the script a shell sources.
  tab(program);
  program.commandsGroup('This installation:');
  program.helpCommand(true);
  program.commands
    .find((command) => command.name() === 'complete')
    ?.description('print the completion script of a shell; e.g. source <(qmtl complete bash)')
    .helpGroup('This installation:');
  for (const command of program.commands) throwing(command, io);
  return program;
}

/** Commander answers `help` of an unknown command with the list, and without a message. */
function refuseUnknownHelp(args: readonly string[]): void {
  const operands = args.filter(
    (argument, index) =>
      !argument.startsWith('-') && args[index - 1] !== '--output' && args[index - 1] !== '--config',
  );
  const [help, name] = operands;
  const known = ['help', 'complete', ...commandTable.map((entry) => entry.name)];
  if (help !== 'help' || name === undefined || known.includes(name)) return;
  throw new QmtlError('E_USAGE', `unknown command '${name}'`, {
    hint: '`qmtl --help` lists the commands',
  });
}

/** All commands for the list, which shows their arguments, and for completion, which needs their options. */
function askedFrom(args: readonly string[]): readonly CommandEntry[] {
  const named = commandTable.filter(({ name }) => args.includes(name));
  const isList = named.length === 0 && !args.includes('--version') && !args.includes('-V');
  return isList || args.includes('complete') ? commandTable : named;
}

/** A command loads its packages when it runs; if one is missing, the message names the command. */
async function withPackages(args: readonly string[], run: () => Promise<unknown>): Promise<void> {
  const named = args.find((argument) => commandTable.some(({ name }) => name === argument));
  const entry = commandTable.find(({ name }) => name === named);
  if (entry?.needs === undefined) return void (await run());
  try {
    await namingMissing(entry.needs, run);
  } catch (error) {
    if (
      !isQmtlError(error) ||
      error.code !== 'E_TOOL_MISSING' ||
      findErrno(error.cause) !== 'ERR_MODULE_NOT_FOUND'
    )
      throw error;
    const { message, hint = '', cause } = error;
    throw new QmtlError('E_TOOL_MISSING', `\`qmtl ${entry.name}\` cannot run: ${message}`, { hint, cause });
  }
}

/** A command in the list that is not loaded. */
function standIn({ name, summary }: CommandEntry): Command {
  return new Command(name).description(summary).helpOption(false).allowUnknownOption().allowExcessArguments();
}

/** Makes commander neither exit nor write errors; `qmtl()` does, since it knows the output format. */
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
