import { Command } from 'commander';
import { connectClient } from '../../temporal/connection.js';
import { temporalAccess } from '../../workers/access.js';
import { openStores } from '../../workers/open-stores.js';
import { startApiPart } from '../api-part.js';
import { readConfig } from '../configuration.js';
import { defaultTemporalAddress } from '../connect.js';
import { untilInterrupted } from '../interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io.js';
import { processTelemetry } from '../process-telemetry.js';
import { startAll } from '../teardown.js';

/** `qmtl api`: one replica of the read-only API, until SIGTERM. */
export function apiCommand(io: CliIo): Command {
  return new Command('api')
    .description('one replica of the read-only API until Ctrl-C or SIGTERM')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const config = await readConfig(io, options);
      const telemetry = processTelemetry(io, config, 'api');
      const running = await startAll(async (teardown) => {
        const client = await connectClient(await temporalAccess(config, defaultTemporalAddress));
        teardown.add(() => client.connection.close());
        const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'read' });
        teardown.add(() => stores.close());
        return { api: await startApiPart({ config, client, stores, telemetry }, teardown) };
      });
      try {
        const urls = { API: running.api.url };
        printResult(io, options.output, urls, () => `${textFields(urls)}\nready`);
        await untilInterrupted(io);
      } finally {
        await running.close();
      }
    });
}
