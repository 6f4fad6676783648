import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKafka } from '../../bus/kafka/open.js';
import type { QmtlError } from '../../domain/base/errors.js';
import { initGraph } from '../../graph/neo4j/schema/init.js';
import { openNeo4jGraphStore } from '../../graph/neo4j/store.js';
import { connectClient, type TemporalAccess } from '../../temporal/connection.js';
import { connectWorker, installTemporalRuntime } from '../../workers/worker.js';
import { FaultyServers } from './faulty-servers.js';

interface Place {
  readonly host?: string;
  readonly port: number;
  readonly tls: boolean;
}

const names = 'IP:127.0.0.1,DNS:localhost';
const servers = new FaultyServers();
const good = servers.certificate('good', names);
const ca = readFileSync(servers.caFile);

beforeAll(() => {
  installTemporalRuntime({ level: 'error', log: () => {} });
});

afterAll(() => servers.close());

/** Each fault: the server that has it, and what an operator reads of it on every engine. */
const faults: readonly {
  readonly fault: string;
  readonly place: () => Promise<Place>;
  readonly config: boolean;
  readonly says: RegExp;
  readonly hint: RegExp;
}[] = [
  {
    fault: 'an expired certificate',
    place: () => tlsServer(servers.certificate('expired', names, { days: -1 })),
    config: true,
    says: /certificate of .* has expired/,
    hint: /renew it on the server/,
  },
  {
    fault: 'a certificate for another name',
    place: () => tlsServer(servers.certificate('elsewhere', 'DNS:elsewhere.example')),
    config: true,
    says: /certificate of .* is for another name/,
    hint: /use a name of the certificate/,
  },
  {
    fault: 'a certificate of an unknown authority',
    place: () => tlsServer(servers.certificate('strange', names, { authority: 'stranger' })),
    config: true,
    says: /from an authority that is not trusted/,
    hint: /ca_file/,
  },
  {
    fault: 'a client without TLS at a server with TLS',
    place: async () => ({ ...(await tlsServer(good)), tls: false }),
    config: true,
    says: /requires TLS at this address/,
    hint: /temporal\.tls|bolt\+s|kafka_tls/,
  },
  {
    fault: 'a client with TLS at a server that answers without',
    place: async () => ({ port: await servers.http(), tls: true }),
    config: true,
    says: /does not speak TLS at this address/,
    hint: /turn it on at the server/,
  },
  {
    fault: 'a client with TLS at a server that closes',
    place: async () => ({ port: await servers.closing(), tls: true }),
    config: true,
    says: /does not speak TLS at this address/,
    hint: /its port for TLS/,
  },
  {
    fault: 'a client with TLS at a server that is silent',
    place: async () => ({ port: await servers.silent(), tls: true }),
    config: true,
    says: /does not speak TLS at this address/,
    hint: /turn off/,
  },
  {
    fault: 'a server with an old version of TLS',
    place: () =>
      tlsServer({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    config: true,
    says: /no version of TLS, or no cipher/,
    hint: /TLS 1\.2 or 1\.3/,
  },
  {
    fault: 'a server that requires a certificate of the client',
    place: () => tlsServer({ ...good, requestCert: true, rejectUnauthorized: true, ca }),
    config: true,
    says: /does not accept the certificate of this client, or requires one/,
    hint: /cert_file|without certificates/,
  },
  {
    fault: 'a port where nothing listens',
    place: async () => ({ port: 1, tls: false }),
    config: false,
    says: /refuses connections/,
    hint: /check that it runs and listens/,
  },
  {
    fault: 'a host without an address',
    place: async () => ({ host: 'no-such-host.invalid', port: 7777, tls: false }),
    config: false,
    says: /name of the host of .* is not known/,
    hint: /name service/,
  },
];

async function tlsServer(options: Parameters<FaultyServers['encrypted']>[0]): Promise<Place> {
  return { port: await servers.encrypted(options), tls: true };
}

const dsnOf = ({ host = '127.0.0.1', port, tls }: Place) => `bolt${tls ? '+s' : ''}://${host}:${port}`;
const graphAt = (place: Place) => ({
  dsn: dsnOf(place),
  user: 'neo4j',
  password: 'not-shown',
  ...(place.tls ? { caFile: servers.caFile } : {}),
});

function accessOf({ host = '127.0.0.1', port, tls }: Place): TemporalAccess {
  return { address: `${host}:${port}`, namespace: 'default', ...(tls ? { tls: { ca } } : {}) };
}

const engines: readonly [name: string, away: string, open: (place: Place) => Promise<unknown>][] = [
  ['Neo4j', 'E_GRAPH_UNAVAILABLE', (place) => openNeo4jGraphStore(graphAt(place))],
  ['the set-up of Neo4j', 'E_GRAPH_UNAVAILABLE', (place) => initGraph(graphAt(place))],
  [
    'Kafka',
    'E_BROKER_UNAVAILABLE',
    ({ host = '127.0.0.1', port, tls }) =>
      openKafka({
        brokers: [`${host}:${port}`],
        clientId: 'faults',
        now: Date.now,
        ...(tls ? { ssl: { ca } } : {}),
      }),
  ],
  ['a client of Temporal', 'E_TEMPORAL_UNAVAILABLE', (place) => connectClient(accessOf(place))],
  ['a worker of Temporal', 'E_TEMPORAL_UNAVAILABLE', (place) => connectWorker(accessOf(place), () => {})],
];

describe.each(engines)('%s', (engine, away, open) => {
  test.concurrent.each(faults)(`${engine} names $fault`, async ({ place, config, says, hint }) => {
    const failed = await open(await place()).then(
      () => undefined,
      (error: QmtlError) => error,
    );
    expect({ code: failed?.code, message: failed?.message, hint: failed?.hint }).toEqual({
      code: config ? 'E_CONFIG' : away,
      message: expect.stringMatching(says),
      hint: expect.stringMatching(hint),
    });
    expect(`${failed?.message} ${failed?.hint}`).not.toContain('not-shown');
  });
});

test('Neo4j names a server of another protocol', async () => {
  await expect(
    openNeo4jGraphStore(graphAt({ port: await servers.http(), tls: false })),
  ).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringContaining('is not the graph store, or of another version'),
  });
});
