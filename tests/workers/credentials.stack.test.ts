import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { kafkaClient } from '../../bus/kafka/client.js';
import { loadConfig } from '../../config/load.js';
import { freePort } from '../../devstack/process/free-port.js';
import { type Stack, startStack } from '../../devstack/supervisor/stack.js';
import { driverFor } from '../../graph/neo4j/driver/connection.js';
import { statement } from '../../graph/neo4j/driver/statement.js';
import { Transactions } from '../../graph/neo4j/driver/transactions.js';
import { connectClient } from '../../temporal/connection.js';
import { brokerAccess, graphAccess, temporalAccess } from '../../workers/stores/access.js';
import { openStores } from '../../workers/stores/stores.js';
import { connectWorker } from '../../workers/worker.js';
import { silentTelemetry } from '../silent-telemetry.js';
import { type Certificate, makeCertificate, tlsFront } from './tls-front.js';

const folder = mkdtempSync(join(tmpdir(), 'qmtl-credentials-'));
const brokerPassword = 'right';
let certificate: Certificate;
let secured: { readonly stack: Stack; readonly port: number } | undefined;
const fronts: { close(): void }[] = [];

beforeAll(async () => {
  certificate = makeCertificate(folder);
  secured = await startSecuredKafka(certificate);
});

afterAll(async () => {
  for (const front of fronts) front.close();
  await secured?.stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A broker with one more listener: TLS and SASL/PLAIN. */
async function startSecuredKafka({ keystore, storePassword }: Certificate) {
  const port = await freePort();
  const home = join(folder, 'kafka');
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const stack = await startStack({
    folder: home,
    parts: ['kafka'],
    env: process.env,
    report: () => {},
    searchAttributes: {},
    kafkaSettings: ({ broker, controller }) => ({
      listeners: `PLAINTEXT://${broker},CONTROLLER://${controller},SECURED://127.0.0.1:${port}`,
      'advertised.listeners': `PLAINTEXT://${broker},SECURED://127.0.0.1:${port}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
      'ssl.keystore.location': keystore,
      'ssl.keystore.password': storePassword,
      'ssl.key.password': storePassword,
      'ssl.keystore.type': 'PKCS12',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secured.plain.sasl.jaas.config': `${login} required user_qmtl="${brokerPassword}";`,
    }),
  });
  return { stack, port };
}

function opened(env: Readonly<Record<string, string>>) {
  const config = loadConfig({ file: '', text: '' }, env);
  return openStores(config, { telemetry: silentTelemetry(), now: Date.now, purpose: 'write' });
}

function fileWith(text: string): string {
  const file = join(folder, `secret-${randomUUID()}`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe('credentials of Neo4j', () => {
  const { dsn, user, password } = inject('engines').neo4j;

  test('Neo4j accepts the password of a file over TLS with a private authority', async () => {
    const front = await tlsFront(certificate, Number(new URL(dsn).port));
    fronts.push(front);
    const stores = await opened({
      QMTL_NEO4J_DSN: `bolt+s://127.0.0.1:${front.port}`,
      QMTL_NEO4J_USER: user,
      QMTL_NEO4J_PASSWORD_FILE: fileWith(`${password}\n`),
      QMTL_NEO4J_CA_FILE: certificate.caFile,
    });
    expect(await stores.graph.totals()).toHaveProperty('nodes');
    await stores.close();
  });

  test('Neo4j accepts a password whose file was corrected while the process runs', async () => {
    const file = fileWith('outdated');
    const config = loadConfig(
      { file: '', text: '' },
      { QMTL_NEO4J_DSN: dsn, QMTL_NEO4J_USER: user, QMTL_NEO4J_PASSWORD_FILE: file },
    );
    const driver = driverFor(await graphAccess(config));
    onTestFinished(() => driver.close());
    const transactions = new Transactions(driver, undefined, {});
    const ask = () => transactions.read('ask', (tx) => tx.run(statement('ask', 'RETURN 1 AS one'), {}));
    await expect(ask()).rejects.toMatchObject({ code: 'E_CONFIG' });
    writeFileSync(file, password);
    expect(await ask()).toEqual([{ one: 1 }]);
  });

  test('a wrong password is one error that names the settings and not the password', async () => {
    const opening = opened({
      QMTL_NEO4J_DSN: dsn,
      QMTL_NEO4J_USER: user,
      QMTL_NEO4J_PASSWORD: 'not-the-password',
    });
    await expect(opening).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining('QMTL_NEO4J_PASSWORD'),
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('not-the-password') });
  });
});

describe('Kafka', () => {
  const env = () => ({
    QMTL_KAFKA_DSN: `127.0.0.1:${secured?.port}`,
    QMTL_KAFKA_TLS: 'on',
    QMTL_KAFKA_CA_FILE: certificate.caFile,
    QMTL_KAFKA_SASL: 'plain',
    QMTL_KAFKA_USER: 'qmtl',
  });

  test('Kafka accepts a login over TLS', async () => {
    const stores = await opened({ ...env(), QMTL_KAFKA_PASSWORD_FILE: fileWith(brokerPassword) });
    expect(await stores.topics.brokerCount()).toBe(1);
    await stores.close();
  });

  test('a wrong password is one error that names the settings and not the password', async () => {
    const opening = opened({ ...env(), QMTL_KAFKA_PASSWORD: 'not-the-password' });
    await expect(opening).rejects.toMatchObject({ code: 'E_CONFIG' });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('not-the-password') });
  });

  test('Kafka accepts a password and an authority whose files were corrected while the process runs', async () => {
    const passwordFile = fileWith('outdated');
    const caFile = fileWith(readFileSync(certificate.caFile, 'utf8').replaceAll(/[A-Z]/g, 'A'));
    const config = loadConfig(
      { file: '', text: '' },
      { ...env(), QMTL_KAFKA_PASSWORD_FILE: passwordFile, QMTL_KAFKA_CA_FILE: caFile },
    );
    const brokers = [`127.0.0.1:${secured?.port}`];
    const admin = kafkaClient({ ...(await brokerAccess(config)), brokers, clientId: 'rotated' }).admin();
    onTestFinished(() => admin.disconnect());
    await expect(admin.connect()).rejects.toThrow(/certificate|PEM|Connection error/i);
    writeFileSync(caFile, readFileSync(certificate.caFile));
    await expect(admin.connect()).rejects.toThrow(/authentication failed/i);
    writeFileSync(passwordFile, brokerPassword);
    await admin.connect();
    expect(await admin.listTopics()).toEqual(expect.any(Array));
  });

  test('a certificate of an unknown authority is one error', async () => {
    const { QMTL_KAFKA_CA_FILE: _, ...trusting } = env();
    await expect(opened({ ...trusting, QMTL_KAFKA_PASSWORD: brokerPassword })).rejects.toMatchObject({
      code: 'E_CONFIG',
    });
  });
});

describe('Temporal', () => {
  async function access(env: Readonly<Record<string, string>>) {
    const { address } = inject('engines').temporal;
    const front = await tlsFront(certificate, Number(address.split(':')[1]), ['h2']);
    fronts.push(front);
    const config = loadConfig(
      { file: '', text: '' },
      { TEMPORAL_ADDRESS: `127.0.0.1:${front.port}`, ...env },
    );
    return temporalAccess(config, '');
  }

  test('Temporal is reached over TLS with a private authority', async () => {
    const client = await connectClient(
      await access({ TEMPORAL_TLS: 'on', TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificate.caFile }),
    );
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    expect(serverVersion).not.toBe('');
    await client.connection.close();
  });

  test.each([
    ['a client without TLS', {}, 'temporal.tls'],
    ['a certificate of an unknown authority', { TEMPORAL_TLS: 'on' }, 'temporal.ca_file'],
  ])('%s is one error that names the setting', async (_how, env, setting) => {
    await expect(connectClient(await access(env))).rejects.toMatchObject({
      code: 'E_CONFIG',
      hint: expect.stringContaining(setting),
    });
  });

  test('a namespace that does not exist is one error when a worker connects', async () => {
    const { address } = inject('engines').temporal;
    await expect(connectWorker({ address, namespace: 'nowhere' }, () => {})).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'the Temporal server has no namespace nowhere',
    });
  });
});
