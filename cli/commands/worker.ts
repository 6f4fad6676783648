import { Command } from 'commander';
import { readConfig } from '../io/configuration.js';
import { untilInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';

/** `qmtl worker`: one process of durable work, until SIGTERM; any number can run side by side. */
export function workerCommand(io: CliIo): Command {
  return new Command('worker')
    .description('run a worker of the control plane until Ctrl-C or SIGTERM')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { startWorkerProcess } = await import('../../workers/worker.js');
      const worker = await startWorkerProcess(await readConfig(io, options), io.note);
      const { urls, telemetry } = worker;
      try {
        printResult(io, options.output, urls, () => `${textFields(urls)}\nready`);
        telemetry.log('info', 'the worker polls');
        await Promise.race([untilInterrupted(io), worker.finished]);
        telemetry.log('info', 'draining');
      } finally {
        await worker.close();
      }
    });
}
