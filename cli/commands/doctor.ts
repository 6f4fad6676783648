import { Command } from 'commander';
import { inspectStack } from '../../devstack/supervisor/inspect.js';
import { inspectTemporal } from '../../devstack/temporal/inspect.js';
import type { OptionalPackages } from '../../sdk/submission/optional-packages.js';
import { packageVersion } from '../../std/node/package-root.js';
import { inspectPackages, type PackageFinding } from '../io/installed-packages.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io/io.js';

/** `qmtl doctor`: shows what is installed, what will be used and what is missing. Starts and fetches nothing. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('show what is installed, what will be used and what is missing')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const local = inspectPackages('local-servers');
      const controlPlane = inspectPackages('control-plane');
      const packages = [inspectPackages('client'), local, controlPlane];
      const found = await inspectTemporal({ env: io.env, signal: io.interrupted });
      // An external server does not show which server a stack would start.
      const known = io.env.TEMPORAL_ADDRESS ? undefined : found;
      const parts = await inspectStack({ env: io.env, signal: io.interrupted, temporal: known });
      const temporal = { ...found, needs: found.needs.map((need) => withPackages(need, controlPlane)) };
      const stack = parts.map((part) => withPackages(part, local));
      const result = {
        qmtl: packageVersion,
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        packages,
        temporal,
        stack,
      };
      printResult(io, options.output, result, () => {
        const { temporal: _temporal, stack: _stack, packages: _packages, ...fields } = result;
        const ways = textTable(
          ['way to a Temporal server', 'usable', 'detail'],
          temporal.ways.map((way) => [way.name, way.usable ? 'yes' : 'no', way.detail]),
        );
        const needs = textTable(
          ['needed for', 'ready', 'will use'],
          temporal.needs.map((need) => [purposes[need.need], readiness[need.ready], willUse(need)]),
        );
        const partTable = textTable(
          ['part of `qmtl stack`', 'ready', 'will use'],
          stack.map((part) => [part.part, readiness[part.ready], willUse(part)]),
        );
        return [textFields(fields), packagesText(packages), ways, needs, partTable].join('\n\n');
      });
    });
}

/** What lacks its packages cannot start, whatever else is there. */
function withPackages<T extends { readonly ready: keyof typeof readiness; readonly detail: string }>(
  finding: T,
  { missing, install }: PackageFinding,
): T {
  return missing.length === 0 ? finding : { ...finding, ready: 'no', detail: packagesMissing, hint: install };
}

/** The line that installs packages is too long for a table. */
function willUse({ detail, hint }: { readonly detail: string; readonly hint?: string }): string {
  return hint === undefined || detail === packagesMissing ? detail : hint;
}

function packagesText(findings: readonly PackageFinding[]): string {
  const rows = findings.map(({ packages, missing }) => [
    users[packages],
    missing.length === 0 ? 'yes' : 'no',
    missing.join('\n'),
  ]);
  const lines = findings
    .filter(({ missing }) => missing.length > 0)
    .map(({ packages, install }) => `for ${users[packages]}: ${install}`);
  return [textTable(['optional packages of', 'installed', 'missing'], rows), ...lines].join('\n');
}

const packagesMissing = 'packages are missing, see above';
const users = {
  client: 'submit, status',
  'local-servers': 'stack',
  'control-plane': 'demo, up, worker, api, codec-server, neo4j-init',
} as const satisfies Record<OptionalPackages, string>;
const purposes = { workflows: 'demo, tests', visibility: 'up, demo --ui' } as const;
const readiness = { now: 'now', 'after-fetch': 'after a fetch', no: 'no' } as const;
