import { Argument, Command, InvalidArgumentError } from 'commander';
import { followLog, type LogTail, lastLines } from '../../devstack/process/log-tail.js';
import { partNames, stackPaths } from '../../devstack/supervisor/folder.js';
import { type CliIo, printResult } from '../io/io.js';
import { findStackFolder, type StackOptions, withFolder } from './place.js';

interface LogsOptions extends StackOptions {
  readonly follow?: true;
  readonly lines: number;
}

const logNames = [...partNames, 'stack'] as const;
type LogName = (typeof logNames)[number];

/** `qmtl stack logs`: the output of the parts; the log `stack` says what happened to them. */
export function stackLogsCommand(io: CliIo): Command {
  return withFolder(new Command('logs'))
    .description('show the last output of the parts; `stack`: what happened to them')
    .addArgument(new Argument('[part]', 'which log (default: all)').choices(logNames))
    .option('--follow', 'follow new lines until Ctrl-C')
    .option('--lines <n>', 'number of lines per log', parseCount, 50)
    .action(async (part: LogName | undefined, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<LogsOptions>();
      const { log } = stackPaths(findStackFolder(io, options));
      const names = part === undefined ? logNames : [part];
      const tails: [name: LogName, tail: LogTail][] = [];
      for (const name of names) tails.push([name, await lastLines(log(name), options.lines)]);
      const last = Object.fromEntries(tails.map(([name, { lines }]) => [name, lines]));
      printResult(io, options.output, last, () =>
        tails.flatMap(([name, { lines }]) => lines.map((line) => `${name} | ${line}`)).join('\n'),
      );
      if (options.follow !== true) return;
      const follow = ([name, { end }]: [name: LogName, tail: LogTail]) =>
        followLog(log(name), end, (line) => io.out(`${name} | ${line}`), io.interrupted);
      await Promise.all(tails.map(follow));
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= 100_000) return count;
  throw new InvalidArgumentError('It must be a whole number, 0 … 100000.');
}
