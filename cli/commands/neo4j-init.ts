import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { type GraphAccess, graphAccess } from '../../workers/stores/access.js';
import { readConfig } from '../io/configuration.js';
import { readText } from '../io/input.js';
import { type CliIo, type GlobalOptions, printResult, textTable } from '../io/io.js';

interface Neo4jInitOptions extends GlobalOptions {
  readonly uri?: string;
  readonly user?: string;
  readonly database?: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

/** `qmtl neo4j-init`: creates constraints and indexes of the graph store and runs migrations. */
export function neo4jInitCommand(io: CliIo): Command {
  return new Command('neo4j-init')
    .description('create the constraints and indexes of the graph store; safe to run again')
    .option('--uri <uri>', 'graph store, e.g. bolt://localhost:7687 (default: dagmanager.neo4j_dsn)')
    .option('--user <name>', 'user of the graph store (default: dagmanager.neo4j_user)')
    .option('--database <name>', "database (default: dagmanager.neo4j_database, or the server's own)")
    .option('--password-file <file>', 'file with the password; - reads standard input')
    .option(
      '--password <text>',
      'password; visible in the list of processes, so prefer QMTL_NEO4J_PASSWORD_FILE',
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<Neo4jInitOptions>();
      const { initGraph } = await import('../../graph/neo4j/schema/init.js');
      const report = await initGraph(await accessOf(io, options));
      printResult(io, options.output, report, () => {
        const rows = report.migrations.map(({ number, name, ran }) => [
          number,
          name,
          ran ? 'done' : 'done before',
        ]);
        const made = report.made.length === 0 ? 'none, all existed' : report.made.join(', ');
        return `${textTable(['migration', 'name', 'state'], rows)}\ncreated: ${made}`;
      });
    });
}

/** From the flags, else from the configuration. */
async function accessOf(io: CliIo, options: Neo4jInitOptions): Promise<GraphAccess> {
  const config = await readConfig(io, options);
  const dsn = options.uri ?? config.dagmanager.neo4j_dsn;
  if (dsn === '') {
    throw new QmtlError('E_USAGE', 'no graph store is given', {
      hint: 'give --uri bolt://host:7687, or set dagmanager.neo4j_dsn (QMTL_NEO4J_DSN)',
    });
  }
  const password = await passwordOf(io, options);
  // A password from a flag replaces the configured file, which then need not be readable.
  const secrets = password === undefined ? {} : { neo4j_password: password, neo4j_password_file: '' };
  const access = await graphAccess({ ...config, dagmanager: { ...config.dagmanager, ...secrets } });
  const { user = access.user, database = access.database } = options;
  return { ...access, dsn, user, ...(database === undefined ? {} : { database }) };
}

/** Undefined without a flag. A file usually ends with a line break, a password does not. */
async function passwordOf(io: CliIo, options: Neo4jInitOptions): Promise<string | undefined> {
  if (options.password !== undefined && options.passwordFile !== undefined)
    throw new QmtlError('E_USAGE', '--password and --password-file are both given', {
      hint: 'give only one of them',
    });
  if (options.passwordFile === undefined) return options.password;
  return (await readText(io, options.passwordFile)).replace(/\r?\n$/, '');
}
