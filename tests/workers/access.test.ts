import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { brokerAccess, graphAccess, temporalAccess } from '../../workers/stores/access.js';
import { folderWith } from '../cli/fake-io.js';

const configured = (env: Readonly<Record<string, string>>) => loadConfig({ file: '', text: '' }, env);

describe('a secret in a file', () => {
  test('a secret is read from its file without the line break at the end', async () => {
    const folder = folderWith({ password: 's3cret \n' });
    const config = configured({
      QMTL_NEO4J_USER: 'neo4j',
      QMTL_NEO4J_PASSWORD_FILE: join(folder, 'password'),
    });
    const { user, password } = await graphAccess(config);
    expect([user, password()]).toEqual(['neo4j', 's3cret ']);
  });

  test('secrets and certificates are read again when their files change, and kept while a file is away', async () => {
    const folder = folderWith({ password: 'old', key: 'old key', 'ca.pem': 'OLD' });
    const file = (name: string) => join(folder, name);
    const config = configured({
      TEMPORAL_TLS: 'on',
      TEMPORAL_API_KEY_FILE: file('key'),
      QMTL_NEO4J_PASSWORD_FILE: file('password'),
      QMTL_KAFKA_TLS: 'on',
      QMTL_KAFKA_CA_FILE: file('ca.pem'),
      QMTL_KAFKA_SASL: 'plain',
      QMTL_KAFKA_USER: 'qmtl',
      QMTL_KAFKA_PASSWORD_FILE: file('password'),
    });
    const graph = await graphAccess(config);
    const broker = await brokerAccess(config);
    const { apiKey } = await temporalAccess(config, '127.0.0.1:1');
    const seen = () => [
      graph.password(),
      broker.sasl?.password(),
      broker.ssl?.ca?.toString(),
      typeof apiKey === 'function' ? apiKey() : apiKey,
    ];
    expect(seen()).toEqual(['old', 'old', 'OLD', 'old key']);
    writeFileSync(file('password'), 'new\n');
    writeFileSync(file('ca.pem'), 'NEW');
    writeFileSync(file('key'), 'new key');
    expect(seen()).toEqual(['new', 'new', 'NEW', 'new key']);
    for (const name of ['password', 'ca.pem', 'key']) rmSync(file(name));
    expect(seen()).toEqual(['new', 'new', 'NEW', 'new key']);
  });

  test('a missing secret file is one error that names the field and the file', async () => {
    const config = configured({ QMTL_NEO4J_PASSWORD_FILE: '/none/password' });
    await expect(graphAccess(config)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'dagmanager.neo4j_password_file: /none/password cannot be read (ENOENT)',
    });
  });
});

test('without settings there is neither TLS nor a login', async () => {
  expect(await brokerAccess(configured({}))).toEqual({});
  expect(await temporalAccess(configured({}), '127.0.0.1:7233')).toEqual({
    address: '127.0.0.1:7233',
    namespace: 'default',
  });
});

test('certificates, users and keys reach the drivers', async () => {
  const folder = folderWith({ 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY', password: 'pw' });
  const config = configured({
    TEMPORAL_ADDRESS: 'temporal:7233',
    TEMPORAL_TLS: 'on',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca.pem'),
    TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    TEMPORAL_API_KEY: 'token',
    QMTL_KAFKA_TLS: 'on',
    QMTL_KAFKA_CERT_FILE: join(folder, 'cert.pem'),
    QMTL_KAFKA_KEY_FILE: join(folder, 'key.pem'),
    QMTL_KAFKA_SASL: 'plain',
    QMTL_KAFKA_USER: 'qmtl',
    QMTL_KAFKA_PASSWORD_FILE: join(folder, 'password'),
  });
  expect(await temporalAccess(config, 'unused:1')).toEqual({
    address: 'temporal:7233',
    namespace: 'default',
    tls: { ca: Buffer.from('CA'), serverName: 'temporal.internal' },
    apiKey: expect.any(Function),
  });
  const { ssl, sasl } = await brokerAccess(config);
  expect({ ...ssl }).toEqual({ cert: Buffer.from('CERT'), key: Buffer.from('KEY') });
  expect(sasl).toMatchObject({ mechanism: 'plain', username: 'qmtl' });
  expect(sasl?.password()).toBe('pw');
});
