import { Command } from 'commander';
import { inspectTemporal } from '../../deploy/dev/temporal-inspect.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io.js';
import { version } from '../version.js';

/** `qmtl doctor`: what is installed, what will be used, what is missing. Starts and fetches nothing. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('what is installed, what will be used and what is missing')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const temporal = await inspectTemporal({ env: io.env, signal: io.interrupted });
      const result = {
        qmtl: version,
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        temporal,
      };
      printResult(io, options.output, result, () => {
        const { temporal: _temporal, ...fields } = result;
        const ways = textTable(
          ['way to a Temporal server', 'usable', 'detail'],
          temporal.ways.map((way) => [way.name, way.usable ? 'yes' : 'no', way.detail]),
        );
        const needs = textTable(
          ['needed for', 'ready', 'will use'],
          temporal.needs.map((need) => [
            purposes[need.need],
            readiness[need.ready],
            need.hint ?? need.detail,
          ]),
        );
        return [textFields(fields), ways, needs].join('\n\n');
      });
    });
}

const purposes = { workflows: 'demo, tests', visibility: 'up, demo --ui' } as const;
const readiness = { now: 'now', 'after-fetch': 'after a fetch', no: 'no' } as const;
