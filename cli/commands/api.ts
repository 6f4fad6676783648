import { Command } from 'commander';
import { readConfig } from '../io/configuration.js';
import { untilInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';

/** `qmtl api`: one replica of the read-only API, until SIGTERM. */
export function apiCommand(io: CliIo): Command {
  return new Command('api')
    .description('run a replica of the read-only API until Ctrl-C or SIGTERM')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { startApiProcess } = await import('../../workers/api.js');
      const api = await startApiProcess(await readConfig(io, options), io.note);
      try {
        printResult(io, options.output, api.urls, () => `${textFields(api.urls)}\nready`);
        await untilInterrupted(io);
      } finally {
        await api.close();
      }
    });
}
