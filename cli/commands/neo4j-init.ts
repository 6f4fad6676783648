import { Command } from 'commander';
import { QmtlError } from '../../domain/errors.js';
import { initGraph } from '../../graph/neo4j/init.js';
import { readConfig } from '../configuration.js';
import { readText } from '../input.js';
import { type CliIo, type GlobalOptions, printResult, textTable } from '../io.js';

interface Neo4jInitOptions extends GlobalOptions {
  readonly uri?: string;
  readonly user?: string;
  readonly database?: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

/** `qmtl neo4j-init`: constraints, indexes and migrations of the graph store. */
export function neo4jInitCommand(io: CliIo): Command {
  return new Command('neo4j-init')
    .description('make the constraints and indexes of the graph store; safe to run again')
    .option('--uri <uri>', 'graph store, e.g. bolt://localhost:7687 (default: dagmanager.neo4j_dsn)')
    .option('--user <name>', 'user of the graph store (default: dagmanager.neo4j_user)')
    .option('--database <name>', "database (default: the server's own)")
    .option('--password-file <file>', 'file that holds the password; - reads standard input')
    .option(
      '--password <text>',
      'password; others see it in the list of processes, so prefer QMTL_NEO4J_PASSWORD',
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<Neo4jInitOptions>();
      const { dsn, user, password } = await connectionOf(io, options);
      const { database } = options;
      const report = await initGraph({
        dsn,
        user,
        password,
        ...(database === undefined ? {} : { database }),
      });
      printResult(io, options.output, report, () => {
        const rows = report.migrations.map(({ number, name, ran }) => [
          number,
          name,
          ran ? 'done' : 'done before',
        ]);
        const made = report.made.length === 0 ? 'none: all were there' : report.made.join(', ');
        return `${textTable(['migration', 'name', 'state'], rows)}\nmade: ${made}`;
      });
    });
}

async function connectionOf(io: CliIo, options: Neo4jInitOptions) {
  const { dagmanager } = await readConfig(io, options);
  const dsn = options.uri ?? dagmanager.neo4j_dsn;
  if (dsn === '') {
    throw new QmtlError('E_USAGE', 'no graph store is given', {
      hint: 'give --uri bolt://host:7687, or set dagmanager.neo4j_dsn (QMTL_NEO4J_DSN)',
    });
  }
  const user = options.user ?? dagmanager.neo4j_user;
  return { dsn, user, password: await passwordOf(io, options, dagmanager.neo4j_password) };
}

/** The most explicit one counts. A file usually ends with a line break, a password does not. */
async function passwordOf(io: CliIo, options: Neo4jInitOptions, configured: string): Promise<string> {
  if (options.password !== undefined && options.passwordFile !== undefined)
    throw new QmtlError('E_USAGE', '--password and --password-file are both given', {
      hint: 'give one of them',
    });
  if (options.passwordFile === undefined) return options.password ?? configured;
  return (await readText(io, options.passwordFile)).replace(/\r?\n$/, '');
}
