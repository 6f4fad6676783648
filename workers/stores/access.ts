import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';
import { findErrno } from '../../std/node/errno.js';
import { freshFile } from '../../std/node/fresh-file.js';
import type { TemporalAccess } from '../../temporal/connection.js';
import type { CodecServerOptions } from '../../temporal/payloads/codec-server.js';

/** PEM texts, read again at each use: certificates are renewed while a process runs. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** How to reach the graph store; `undefined` parts are not used. */
export interface GraphAccess {
  readonly dsn: string;
  readonly user: string;
  /** As it is now. */
  readonly password: () => string;
  /** Default: the user's own. */
  readonly database?: string;
  /** PEM file with the authority of the server's certificate. */
  readonly caFile?: string;
}

/** How to log in at brokers, and whether the connection is TLS. */
export interface BrokerAccess {
  readonly ssl?: TlsFiles;
  readonly sasl?: {
    readonly mechanism: Exclude<Config['dagmanager']['kafka_sasl'], 'off'>;
    readonly username: string;
    /** As it is now. */
    readonly password: () => string;
  };
}

/** The default address of Temporal's development server. */
export const temporalPort = 7233;

export const defaultTemporalAddress = `127.0.0.1:${temporalPort}`;

/** Reads the certificates and secrets named by a configuration. `address` is used when the configuration has none. */
export async function temporalAccess({ temporal }: Config, address: string): Promise<TemporalAccess> {
  const apiKey = await currentSecret(temporal.api_key, temporal.api_key_file, 'temporal.api_key_file');
  const { server_name: serverName } = temporal;
  const tls =
    temporal.tls === 'off'
      ? {}
      : {
          tls: {
            ...(await tlsFiles('temporal', temporal)),
            ...(serverName === '' ? {} : { serverName }),
          },
        };
  return {
    address: temporal.address || address,
    namespace: temporal.namespace,
    ...tls,
    ...(apiKey() === '' ? {} : { apiKey }),
  };
}

export async function graphAccess({ dagmanager }: Config): Promise<GraphAccess> {
  const { neo4j_password: given, neo4j_password_file: file, neo4j_ca_file: caFile } = dagmanager;
  return {
    dsn: dagmanager.neo4j_dsn,
    user: dagmanager.neo4j_user,
    password: await currentSecret(given, file, 'dagmanager.neo4j_password_file'),
    ...(dagmanager.neo4j_database === '' ? {} : { database: dagmanager.neo4j_database }),
    ...(caFile === '' ? {} : { caFile: await readable(caFile, 'dagmanager.neo4j_ca_file') }),
  };
}

export async function brokerAccess({ dagmanager }: Config): Promise<BrokerAccess> {
  const { kafka_sasl: mechanism, kafka_password: given, kafka_password_file: file } = dagmanager;
  const files = {
    ca_file: dagmanager.kafka_ca_file,
    cert_file: dagmanager.kafka_cert_file,
    key_file: dagmanager.kafka_key_file,
  };
  const ssl = dagmanager.kafka_tls === 'off' ? {} : { ssl: await tlsFiles('dagmanager.kafka', files) };
  if (mechanism === 'off') return ssl;
  const password = await currentSecret(given, file, 'dagmanager.kafka_password_file');
  return { ...ssl, sasl: { mechanism, username: dagmanager.kafka_user, password } };
}

/** Where the codec server listens, and who may use it. */
export async function codecServerAccess({ codec_server: given }: Config): Promise<CodecServerOptions> {
  return {
    host: given.host,
    port: given.port,
    allowedOrigins: given.allowed_origins,
    token: await secretOf(given.token, given.token_file, 'codec_server.token_file'),
  };
}

/** PEM text of a key of `code`; undefined when none is configured. */
export async function codeKeys(
  { code }: Config,
  field: 'signing_key_file' | 'trusted_keys_file',
): Promise<string | undefined> {
  const path = code[field];
  return path === '' ? undefined : (await contentOf(path, `code.${field}`)).toString('utf8');
}

interface TlsFileNames {
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
}

async function tlsFiles(section: string, names: TlsFileNames): Promise<TlsFiles> {
  const files: Partial<Record<'ca' | 'cert' | 'key', () => Buffer>> = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const name = names[`${part}_file`];
    const separator = section === 'temporal' ? '.' : '_';
    if (name !== '')
      files[part] = freshFile(name, await contentOf(name, `${section}${separator}${part}_file`));
  }
  const tls: TlsFiles = {};
  for (const [part, get] of Object.entries(files))
    Object.defineProperty(tls, part, { get, enumerable: true });
  return tls;
}

/** A secret that is read again at each use when it has a file of its own. */
async function currentSecret(given: string, file: string, field: string): Promise<() => string> {
  if (file === '') return () => given;
  const current = freshFile(file, await contentOf(file, field));
  return () => withoutLineBreak(current());
}

async function secretOf(given: string, file: string, field: string): Promise<string> {
  return (await currentSecret(given, file, field))();
}

/** A file written with an editor or `echo` ends with a line break that is not part of the secret. */
function withoutLineBreak(content: Buffer): string {
  return content.toString('utf8').replace(/\r?\n$/, '');
}

/** The path, after a check that the file is readable. */
async function readable(path: string, field: string): Promise<string> {
  await contentOf(path, field);
  return path;
}

async function contentOf(path: string, field: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = findErrno(cause) ?? 'unknown reason';
    throw new QmtlError('E_CONFIG', `${field}: ${path} cannot be read (${reason})`, {
      hint: 'give the path of a file that this user can read',
      cause,
    });
  }
}
