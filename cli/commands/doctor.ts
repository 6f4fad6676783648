import { Command } from 'commander';
import { inspectStack } from '../../devstack/supervisor/inspect.js';
import { inspectTemporal } from '../../devstack/temporal/inspect.js';
import { packageVersion } from '../../std/node/package-root.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io/io.js';

/** `qmtl doctor`: shows what is installed, what will be used and what is missing. Starts and fetches nothing. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('show what is installed, what will be used and what is missing')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const temporal = await inspectTemporal({ env: io.env, signal: io.interrupted });
      // An external server does not show which server a stack would start.
      const known = io.env.TEMPORAL_ADDRESS ? undefined : temporal;
      const stack = await inspectStack({ env: io.env, signal: io.interrupted, temporal: known });
      const result = {
        qmtl: packageVersion,
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        temporal,
        stack,
      };
      printResult(io, options.output, result, () => {
        const { temporal: _temporal, stack: _stack, ...fields } = result;
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
        const parts = textTable(
          ['part of `qmtl stack`', 'ready', 'will use'],
          stack.map((part) => [part.part, readiness[part.ready], part.hint ?? part.detail]),
        );
        return [textFields(fields), ways, needs, parts].join('\n\n');
      });
    });
}

const purposes = { workflows: 'demo, tests', visibility: 'up, demo --ui' } as const;
const readiness = { now: 'now', 'after-fetch': 'after a fetch', no: 'no' } as const;
