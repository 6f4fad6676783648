import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configRoot, type Environment, listFields } from '../../config/field.js';
import { checkConfig, loadConfig } from '../../config/load.js';
import { allowedOriginsMax, drainSecondsMax, environmentOverrides } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';

function check(text: string, env: Environment = {}) {
  return checkConfig({ file: 'qmtl.yaml', text }, env);
}

function errorsOf(text: string, env: Environment = {}): readonly string[] {
  const { findings, config } = check(text, env);
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(config === undefined).toBe(errors.length > 0);
  return errors.map(({ where, message }) => `${where}: ${message}`);
}

const prod = `profile: prod
temporal:
  address: temporal:7233
dagmanager:
  neo4j_dsn: bolt://graph:7687
  kafka_dsn: broker:9092
  controlbus_dsn: broker:9092
  controlbus_queue_topic: queue
`;

describe('the profile dev', () => {
  test.each(['', '# nothing but a comment\n', '{}'])('an empty file is valid in dev: %j', (text) => {
    const { config } = check(text);
    expect(config).toMatchObject({ profile: 'dev', api: { host: '127.0.0.1', port: 8080 } });
  });

  test('every store without a DSN is a warning', () => {
    const { findings } = check('dagmanager:\n  kafka_dsn: broker:9092\n');
    expect(findings).toEqual(
      [
        'temporal.address',
        'dagmanager.neo4j_dsn',
        'dagmanager.controlbus_dsn',
        'dagmanager.controlbus_queue_topic',
      ].map((field) => ({
        severity: 'warning',
        where: 'qmtl.yaml:1',
        message: `${field} is empty: an in-process replacement is used, for development only`,
      })),
    );
  });
});

describe('the profile prod', () => {
  test('a file with every DSN is valid in prod, without findings', () => {
    expect(check(prod)).toMatchObject({ findings: [], config: { profile: 'prod' } });
  });

  test.each([
    ['  address: temporal:7233\n', 'temporal.address', 'TEMPORAL_ADDRESS', 2],
    ['  neo4j_dsn: bolt://graph:7687\n', 'dagmanager.neo4j_dsn', 'QMTL_NEO4J_DSN', 4],
    ['  kafka_dsn: broker:9092\n', 'dagmanager.kafka_dsn', 'QMTL_KAFKA_DSN', 4],
    ['  controlbus_dsn: broker:9092\n', 'dagmanager.controlbus_dsn', 'QMTL_CONTROLBUS_DSN', 4],
    [
      '  controlbus_queue_topic: queue\n',
      'dagmanager.controlbus_queue_topic',
      'QMTL_CONTROLBUS_QUEUE_TOPIC',
      4,
    ],
  ])('prod without %j is refused with the places where it can be set', (line, field, variable, section) => {
    const text = prod.replace(line, line.startsWith('  address') ? '  namespace: n\n' : '');
    const sentence = `${field} is required in profile prod; give it here or as ${variable}`;
    expect(errorsOf(text)).toEqual([`qmtl.yaml:${section}: ${sentence}`]);
    expect(errorsOf(text, { [variable]: 'given' })).toEqual([]);
  });

  test('all missing DSNs are listed at once', () => {
    expect(errorsOf('profile: prod\n')).toHaveLength(5);
    expect(errorsOf('', { QMTL_PROFILE: 'prod' })).toHaveLength(5);
  });
});

describe('a problem', () => {
  test('all problems are listed with file and line', () => {
    const text = `profile: staging
api:
  host: ''
  port:
    99999
log_level: loud
`;
    expect(errorsOf(text)).toEqual([
      'qmtl.yaml:1: profile: is not one of dev, prod',
      'qmtl.yaml:3: api.host: is empty',
      'qmtl.yaml:4: api.port: is more than 65535',
      'qmtl.yaml:6: log_level: is not one of debug, info, warn, error',
    ]);
  });

  test('an unknown name is reported at its line', () => {
    expect(errorsOf('api:\n  port: 1\n  prot: 2\nlogs: x\n')).toEqual([
      'qmtl.yaml:3: api.prot: no field has this name',
      'qmtl.yaml:4: logs: no field has this name',
    ]);
  });

  test.each([
    ['profile: dev\napi: }\n', 'qmtl.yaml:2'],
    ['profile: dev\nprofile: dev\n', 'qmtl.yaml:2'],
    ['profile: dev\n---\nprofile: dev\n', 'qmtl.yaml:2'],
    ['profile: *nothing\n', 'qmtl.yaml:1'],
  ])('a YAML error has its line: %j', (text, place) => {
    const [first = ''] = errorsOf(text);
    expect(first.startsWith(`${place}: `)).toBe(true);
  });

  test.each([
    ['[]', 'a list'],
    ['text', 'a text'],
    ['5', 'a whole number'],
  ])('a file that is not a mapping is refused: %j', (text, kind) => {
    expect(errorsOf(text)).toEqual([`qmtl.yaml:1: the configuration is ${kind}, not a section`]);
  });

  const wrong: readonly (readonly [yaml: string, says: string])[] = [
    ['', 'is empty'],
    ['true', 'is true or false'],
    ['-1', 'is (a whole number, not|less than)'],
    ['0.5', 'is a number, not'],
    ['.nan', 'is a number, not'],
    ['.inf', 'is a number, not'],
    ['1e99', 'is (a whole number, not|more than)'],
    ['[]', 'is a list, not'],
    ['{}', 'is a section, not'],
    [`"${'x'.repeat(10_000)}"`, '(has 10000 characters; at most|is a text, not|is not one of)'],
  ];
  const fields = listFields(configRoot).flatMap(([name, field]) =>
    field.properties === undefined ? [[name]] : listFields(field).map(([member]) => [name, member]),
  );

  test.each(fields.map((path) => [path.join('.'), path] as const))(
    'every wrong value of %s is described by kind, in the words of QMTL',
    (field, path) => {
      const [section = '', member] = path;
      const textOf = (yaml: string) =>
        member === undefined ? `${section}: ${yaml}` : `${section}: {${member}: ${yaml}}`;
      const errors = wrong.map(([yaml, says]) => ({ says, found: errorsOf(textOf(yaml)) }));
      // A field may also have a problem with another one.
      const own = errors.flatMap(({ says, found }) =>
        found
          .filter((error) => error.includes(`${field}: `) && !error.includes(': is given, but '))
          .map((error) => [error, says] as const),
      );
      for (const [error, says] of own) expect(error).toMatch(new RegExp(`^qmtl\\.yaml:1: ${field}: ${says}`));
      expect(own.length).toBeGreaterThan(wrong.length - 3);
    },
  );

  test('a section that is not a mapping is refused, even when a variable overrides one of its fields', () => {
    const env = { TEMPORAL_ADDRESS: 'here:1' };
    expect(errorsOf('temporal: here:1\n', env)).toEqual(['qmtl.yaml:1: temporal: is a text, not a section']);
  });

  test('a problem without a file is located in the configuration', () => {
    const { findings } = checkConfig({ file: '', text: 'api: 5' }, {});
    expect(findings[0]?.where).toBe('configuration');
  });
});

describe('credentials', () => {
  test.each([
    [
      'dagmanager:\n  neo4j_password: a\n  neo4j_password_file: /b\n',
      'qmtl.yaml:3: dagmanager.neo4j_password_file: is given as well as neo4j_password: keep one of them',
    ],
    [
      'temporal:\n  api_key: a\n  api_key_file: /b\n',
      'qmtl.yaml:3: temporal.api_key_file: is given as well as api_key: keep one of them',
    ],
    [
      'temporal:\n  tls: on\n  cert_file: /c.pem\n',
      'qmtl.yaml:1: temporal.key_file: is empty, and cert_file is given: both or none',
    ],
    [
      'dagmanager:\n  kafka_tls: on\n  kafka_key_file: /k.pem\n',
      'qmtl.yaml:1: dagmanager.kafka_cert_file: is empty, and kafka_key_file is given: both or none',
    ],
    [
      'dagmanager:\n  kafka_ca_file: /ca.pem\n',
      'qmtl.yaml:2: dagmanager.kafka_ca_file: is given, but kafka_tls is off',
    ],
    [
      'dagmanager:\n  kafka_sasl: plain\n',
      'qmtl.yaml:1: dagmanager.kafka_user: is empty, and kafka_sasl requires a user',
    ],
    [
      'dagmanager:\n  kafka_password: x\n',
      'qmtl.yaml:2: dagmanager.kafka_password: is given, but kafka_sasl is off',
    ],
  ])('credentials that do not fit together are refused: %j', (text, problem) => {
    expect(errorsOf(text)).toEqual([problem]);
  });

  test('complete credentials are accepted', () => {
    const text = `temporal:
  tls: on
  ca_file: /ca.pem
  cert_file: /c.pem
  key_file: /k.pem
  api_key_file: /run/secrets/temporal
dagmanager:
  neo4j_user: neo4j
  neo4j_password_file: /run/secrets/neo4j
  kafka_tls: on
  kafka_sasl: scram-sha-512
  kafka_user: qmtl
  kafka_password_file: /run/secrets/kafka
`;
    expect(errorsOf(text)).toEqual([]);
  });
});

describe('the environment', () => {
  test('the environment takes precedence over the file', () => {
    const { config } = check('profile: dev\nlog_level: debug\n', { QMTL_LOG_LEVEL: 'error' });
    expect(config?.log_level).toBe('error');
  });

  test('an empty variable counts as not set', () => {
    expect(check('log_level: debug\n', { QMTL_LOG_LEVEL: '' }).config?.log_level).toBe('debug');
  });

  test('a variable may set a field of a section that the file lacks', () => {
    expect(check('', { TEMPORAL_NAMESPACE: 'mine' }).config?.temporal.namespace).toBe('mine');
  });

  test('variables of numeric fields become numbers', () => {
    const { config } = check('', {
      QMTL_API_PORT: '0',
      QMTL_API_REQUESTS_PER_MINUTE: '12',
      QMTL_CODEC_SERVER_PORT: '65535',
      QMTL_API_DRAIN_SECONDS: String(drainSecondsMax),
    });
    expect(config?.api).toMatchObject({ port: 0, requests_per_minute: 12, drain_seconds: drainSecondsMax });
    expect(config?.codec_server.port).toBe(65_535);
  });

  test.each(['QMTL_API_PORT', 'QMTL_WORKER_PORT', 'QMTL_CODEC_SERVER_PORT', 'QMTL_API_OPERATIONS_PORT'])(
    'what Kubernetes says about a service of this name is not a setting: %s',
    (variable) => {
      for (const link of ['tcp://10.96.0.12:8080', 'udp://10.0.0.1:53', 'tcp://[fd00::1]:8080'])
        expect(check('', { [variable]: link }).config).toEqual(check('').config);
      expect(check('', { [variable]: 'http://10.0.0.1:80' }).findings[0]?.where).toBe(variable);
    },
  );

  test('a port of the file stays what it is beside such a variable, and its faults are those of the file', () => {
    const env = { QMTL_API_PORT: 'tcp://10.96.0.12:8080' };
    expect(check('api:\n  port: 1\n', env).config?.api.port).toBe(1);
    expect(check('api:\n  port: x\n', env).findings[0]?.where).toBe('qmtl.yaml:2');
  });

  test('digits in a variable of a text field stay text', () => {
    expect(check('', { TEMPORAL_NAMESPACE: '42' }).config?.temporal.namespace).toBe('42');
  });

  test.each([
    ['QMTL_PROFILE', 'staging'],
    ['QMTL_TOPICS_NAMESPACE', 'both'],
    ['QMTL_LOG_LEVEL', 'loud'],
    ['QMTL_API_PORT', 'http'],
    ['QMTL_API_PORT', '80a'],
    ['QMTL_API_PORT', '65536'],
    ['QMTL_API_PORT', '-1'],
    ['QMTL_API_PORT', '1.5'],
    ['QMTL_API_PORT', '0x10'],
    ['QMTL_API_REQUESTS_PER_MINUTE', '0'],
    ['QMTL_CODEC_SERVER_PORT', ' 1'],
    ['QMTL_API_DRAIN_SECONDS', String(drainSecondsMax + 1)],
    ['TEMPORAL_NAMESPACE', 'n'.repeat(256)],
  ])('a bad value is reported with its variable, not the file: %s=%j', (variable, value) => {
    const { where, message } = check('api:\n  port: 1\n', { [variable]: value }).findings[0] ?? {};
    expect(where).toBe(variable);
    expect(message).toMatch(/^[a-z_.]+: ./);
  });
});

describe('a configuration', () => {
  test('a configuration is frozen at every depth', () => {
    const config = loadConfig({ file: '', text: '' }, {});
    expect(Object.isFrozen(config)).toBe(true);
    expect(
      Object.values(config).filter((part) => typeof part === 'object' && !Object.isFrozen(part)),
    ).toEqual([]);
  });

  test('an invalid configuration is one error with every problem and a hint', () => {
    const broken = { file: 'qmtl.yaml', text: 'api:\n  port: x\nlogs: y\n' };
    expect(() => loadConfig(broken, {})).toThrow(QmtlError);
    expect(() => loadConfig(broken, {})).toThrow(/qmtl\.yaml:2: api\.port.*\nqmtl\.yaml:3: logs/);
    expect(() => loadConfig(broken, {})).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', hint: expect.stringContaining('qmtl config example') }),
    );
  });
});

describe('a secret', () => {
  const secret = 'hunter2';

  test.each([
    `dagmanager:\n  neo4j_password: "${secret}" ${secret}\n`,
    `dagmanager:\n  neo4j_password: }${secret}\n`,
    `dagmanager:\n  neo4j_password: |${secret}\n   x\n`,
    `dagmanager:\n  neo4j_password: *${secret}\n`,
    `dagmanager:\n  neo4j_password: [${secret}]\n`,
    `dagmanager:\n  neo4j_password: ${secret.repeat(2_000)}\n`,
    `dagmanager: ${secret}\n`,
    `api:\n  port: ${secret}\n`,
    `profile: ${secret}\n`,
  ])('a secret does not appear in the findings about %j', (text) => {
    const said = JSON.stringify(check(text).findings);
    expect(check(text).config).toBeUndefined();
    expect(said).not.toContain(secret);
  });

  test.each(Object.keys(environmentOverrides))('a secret in %s is not repeated', (variable) => {
    const env = { QMTL_PROFILE: 'prod', [variable]: secret.repeat(2_000) };
    expect(JSON.stringify(check('', env).findings)).not.toContain(secret);
  });

  test('a secret in a file with one extra character is not repeated, wherever that is', () => {
    const mark = fc.constantFrom(
      '"',
      "'",
      '[',
      '{',
      '}',
      ']',
      '*',
      '&',
      '!',
      '|',
      '>',
      '%',
      '@',
      '`',
      ':',
      '#',
      '\n',
      '\t',
      '-',
      '?',
      ',',
    );
    const text = `dagmanager:\n  neo4j_user: me\n  neo4j_password: ${secret}\n`;
    fc.assert(
      fc.property(mark, fc.nat(text.indexOf(secret)), (character, place) => {
        const damaged = `${text.slice(0, place)}${character}${text.slice(place)}`;
        expect(JSON.stringify(check(damaged).findings)).not.toContain(secret);
      }),
    );
  });
});

describe('the origins of the codec server', () => {
  const origins = 'QMTL_CODEC_SERVER_ALLOWED_ORIGINS';

  test('a file lists them, and a variable separates them with commas', () => {
    const text = 'codec_server:\n  allowed_origins: [https://temporal.example.com]\n';
    expect(check(text).config?.codec_server.allowed_origins).toEqual(['https://temporal.example.com']);
    const env = { [origins]: 'http://a:8233, https://b' };
    expect(check(text, env).config?.codec_server.allowed_origins).toEqual(['http://a:8233', 'https://b']);
  });

  test.each(['https://a/path', 'https://a/', 'temporal.example.com', '*', 'null', 'ftp://a', 'https://a,,'])(
    'what is not an origin is refused: %s',
    (text) => {
      const [finding] = check('', { [origins]: text }).findings;
      expect(finding).toMatchObject({ where: origins, message: expect.stringContaining('not the origin') });
    },
  );

  test('there are at most so many', () => {
    const list = (count: number) => Array.from({ length: count }, (_, n) => `http://ui${n}`).join(',');
    expect(check('', { [origins]: list(allowedOriginsMax) }).config).toBeDefined();
    const [finding] = check('', { [origins]: list(allowedOriginsMax + 1) }).findings;
    expect(finding?.message).toContain(`has ${allowedOriginsMax + 1} entries; at most ${allowedOriginsMax}`);
  });
});
