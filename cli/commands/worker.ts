import { Command } from 'commander';
import { temporalAccess } from '../../workers/access.js';
import { openStores } from '../../workers/open-stores.js';
import { readConfig } from '../configuration.js';
import { defaultTemporalAddress } from '../connect.js';
import { untilInterrupted } from '../interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io.js';
import { processTelemetry } from '../process-telemetry.js';
import { startAll } from '../teardown.js';
import { startWorkerHealth, startWorkerPart } from '../worker-part.js';

/** `qmtl worker`: one process of durable work, until SIGTERM; as many as wanted can run side by side. */
export function workerCommand(io: CliIo): Command {
  return new Command('worker')
    .description('one worker of the control plane until Ctrl-C or SIGTERM')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const config = await readConfig(io, options);
      const telemetry = processTelemetry(io, config, 'worker');
      const running = await startAll(async (teardown) => {
        const temporal = await temporalAccess(config, defaultTemporalAddress);
        const stores = await openStores(config, { telemetry, now: Date.now, purpose: 'write' });
        teardown.add(() => stores.close());
        const part = { config, temporal, stores, telemetry };
        const worker = await startWorkerPart(part, teardown);
        const url = await startWorkerHealth(part, worker, teardown);
        return { worker, urls: { 'health and metrics': url, Temporal: temporal.address } };
      });
      try {
        printResult(io, options.output, running.urls, () => `${textFields(running.urls)}\nready`);
        telemetry.log('info', 'the worker polls');
        await Promise.race([untilInterrupted(io), running.worker.finished]);
        telemetry.log('info', 'draining');
      } finally {
        await running.close();
      }
    });
}
