import { Command, InvalidArgumentError } from 'commander';
import { temporalPort } from '../../workers/stores/access.js';
import { readConfig } from '../io/configuration.js';
import { untilInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';

interface UpOptions extends GlobalOptions {
  readonly temporalPort: number;
  readonly temporalUiPort: number;
}

/** `qmtl up`: runs a complete control plane on this machine until Ctrl-C. */
export function upCommand(io: CliIo): Command {
  return new Command('up')
    .description('run Temporal, a worker, the API and the codec server until Ctrl-C')
    .option('--temporal-port <port>', 'port of the Temporal server', parsePort, temporalPort)
    .option('--temporal-ui-port <port>', 'port of the Temporal UI', parsePort, temporalPort + 1000)
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<UpOptions>();
      const config = await readConfig(io, options);
      const { startAllInOne } = await import('../../workers/all-in-one.js');
      const plane = await startAllInOne(io, config, {
        need: 'visibility',
        ui: true,
        operations: true,
        temporalPort: options.temporalPort,
        uiPort: options.temporalUiPort,
      });
      const urls = {
        'Temporal UI': plane.temporal.uiUrl ?? 'none',
        Temporal: plane.temporal.address,
        API: plane.api.url,
        'codec server': plane.codecServer.url,
        'health and metrics': plane.operations?.url ?? 'none',
      };
      printResult(
        io,
        options.output,
        urls,
        () =>
          `${textFields(urls)}\nready; Ctrl-C stops everything (graph and topics are in memory and will be lost)`,
      );
      try {
        await Promise.race([untilInterrupted(io), plane.failed]);
        io.note('stopping');
      } finally {
        await plane.close();
      }
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number, 1 … 65535.');
}
