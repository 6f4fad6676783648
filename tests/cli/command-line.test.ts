import { describe, expect, test } from 'vitest';
import { reportFailure } from '../../cli/io/failure.js';
import { reportStray } from '../../cli/program.js';
import { QmtlError } from '../../domain/base/errors.js';
import { fakeIo, run, runWith } from './fake-io.js';

const commands = [
  'demo',
  'up',
  'submit',
  'run',
  'diff',
  'status',
  'nodes',
  'queues',
  'export-schema',
  'node-id',
  'compute-key',
  'topic-name',
  'doctor',
  'config',
  'neo4j-init',
  'codec-server',
  'complete',
];

describe('the command line', () => {
  test('help names every command and the exit codes', async () => {
    const { exitCode, out } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(out).toContain('130  interrupted');
  });

  test.each(commands.filter((name) => name !== 'complete'))('%s has its own help', async (command) => {
    const { exitCode, out, err } = await run([command, '--help']);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: qmtl ${command}`);
  });

  test('--version prints the version of the package', async () => {
    const { exitCode, out } = await run(['--version']);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });

  test('a command line without a command shows the help and is refused', async () => {
    const { exitCode, out, err } = await run([]);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('Usage: qmtl');
  });

  test.each([
    [['bogus'], "unknown command 'bogus'", '`qmtl --help` explains every option'],
    [
      ['statu', 'x'],
      "unknown command 'statu'\n(Did you mean status?)",
      '`qmtl --help` explains every option',
    ],
    [
      ['node-id'],
      "required option '--file <file>' not specified",
      '`qmtl node-id --help` explains every option',
    ],
    [['config', 'x'], "unknown command 'x'", '`qmtl config --help` explains every option'],
    [
      ['up', '--temporal-port', 'abc'],
      "option '--temporal-port <port>' argument 'abc' is invalid. It must be a whole number, 1 … 65535.",
      '`qmtl up --help` explains every option',
    ],
    [
      ['submit', 'x.ts', '--timeout', '0'],
      "option '--timeout <seconds>' argument '0' is invalid. It must be a number of seconds, more than 0 and at most one day.",
      '`qmtl submit --help` explains every option',
    ],
    [
      ['queues', '--limit', '501'],
      "option '--limit <n>' argument '501' is invalid. It must be a whole number, 1 … 500.",
      '`qmtl queues --help` explains every option',
    ],
    [
      ['complete', 'tcsh'],
      "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are zsh, bash, fish, powershell.",
      '`qmtl --help` explains every option',
    ],
  ])('%j is refused with a hint', async (args, message, hint) => {
    expect(await run(args)).toEqual({ exitCode: 2, out: '', err: `E_USAGE: ${message}\n→ ${hint}` });
  });

  test.each([[['bogus', '--output', 'json']], [['--output=json', 'bogus']]])(
    'a mistake in %j is reported in JSON',
    async (args) => {
      const { exitCode, out, err } = await run(args);
      expect([exitCode, out]).toEqual([2, '']);
      expect(JSON.parse(err)).toEqual({
        error: {
          code: 'E_USAGE',
          message: "unknown command 'bogus'",
          hint: '`qmtl --help` explains every option',
          problems: [],
        },
      });
    },
  );

  test('help of an unknown command is refused, in JSON if JSON was requested', async () => {
    const message = "unknown command 'nope'";
    const { exitCode, err } = await run(['help', 'nope', '--output', 'json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'E_USAGE', message } });
    expect(await run(['--output', 'table', 'help', 'nope'])).toEqual({
      exitCode: 2,
      out: '',
      err: `E_USAGE: ${message}\n→ \`qmtl --help\` lists the commands`,
    });
    expect((await run(['help', 'run'])).out).toContain('Usage: qmtl run');
  });

  test.each(['nonsense', 'localhost:8080', 'ftp://host/'])('the API URL %s is a bad setting', async (url) => {
    const { exitCode, err } = await run(['queues'], { env: { QMTL_API_URL: url } });
    expect([exitCode, err]).toEqual([
      2,
      'E_CONFIG: QMTL_API_URL is not the URL of an API\n→ write it like http://127.0.0.1:8080, or unset it',
    ]);
  });

  test('an unknown output format is refused', async () => {
    const { exitCode, err } = await run(['doctor', '--output', 'yaml']);
    expect(exitCode).toBe(2);
    expect(err).toContain('Allowed choices are table, json.');
  });
});

describe('reportFailure', () => {
  test('an internal error shows its stack and asks for a report', () => {
    const { exitCode, text } = reportFailure(new TypeError('x is not a function'), 'table', false);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^E_INTERNAL: internal error of QMTL\nTypeError: x is not a function\n {4}at /);
  });

  test('an internal error is JSON if JSON was requested', () => {
    const { text } = reportFailure('thrown text', 'json', false);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'E_INTERNAL', message: expect.stringContaining('thrown text') },
    });
  });

  const evil = () => {
    throw new Error('evil');
  };
  const { proxy: revoked, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();

  test.each<[string, unknown]>([
    ['is a revoked proxy', revoked],
    ['has traps that throw', new Proxy(new Error('x'), { get: evil, has: evil, getPrototypeOf: evil })],
    ['has a stack that throws', Object.defineProperty(new Error('x'), 'stack', { get: evil })],
    ['has a code that throws', Object.defineProperty(new Error('x'), 'code', { get: evil })],
    ['has no text', Object.create(null)],
    ['is a symbol', Symbol('s')],
    [
      'bears the mark of a QmtlError and throws',
      Object.defineProperty(new QmtlError('E_DATA', 'm'), 'problems', { get: evil }),
    ],
    [
      'bears the mark of a QmtlError, with a problem of another form',
      Object.defineProperty(new QmtlError('E_DATA', 'm'), 'problems', { value: [null] }),
    ],
  ])('a thrown value that %s is reported too', (_what, thrown) => {
    for (const format of ['table', 'json'] as const) {
      const { exitCode, text } = reportFailure(thrown, format, false);
      expect([exitCode, text]).toEqual([1, expect.stringContaining('internal error of QMTL')]);
      const stray = { kind: 'thrown', error: thrown, interrupted: false } as const;
      expect(reportStray(stray, ['run', 'a.ts', '--output', format]).text).toContain('E_STRATEGY_MODULE');
    }
  });

  test.each([
    ['ENOSPC', 'no space is left on the device', 'free some space, or choose another path'],
    ['EPIPE', 'the reader of the pipe is gone', 'remove the cause, or choose another path'],
  ])('%s of the operating system is one message', (code, reason, hint) => {
    const refused = Object.assign(new Error(`${code}: write`), { code, syscall: 'write' });
    const { exitCode, text } = reportFailure(refused, 'table', false);
    expect([exitCode, text.split('\n')]).toEqual([
      2,
      [`E_FILE: reading or writing failed: ${reason}`, `→ ${hint}`],
    ]);
  });

  test('an error caused by Ctrl-C is an interruption, not an internal error', () => {
    const { exitCode, text } = reportFailure(new DOMException('aborted', 'AbortError'), 'table', true);
    expect([exitCode, text]).toEqual([130, 'E_INTERRUPTED: stopped before it was done']);
  });

  test('a known error keeps its message after Ctrl-C', () => {
    const { exitCode, text } = reportFailure(new QmtlError('E_FILE', 'no'), 'table', true);
    expect([exitCode, text]).toEqual([2, 'E_FILE: no']);
  });

  test('control characters of a message are shown as codes', () => {
    const error = new QmtlError('E_DATA', '\u001b[2Jgone\u202e\nnext', { hint: 'h\u0007' });
    expect(reportFailure(error, 'table', false).text).toBe('E_DATA: \\u001b[2Jgone\\u202e\nnext\n→ h\\u0007');
  });

  test('long messages and long lists of problems are shortened', () => {
    const problem = { code: 'E_CYCLE', path: '', message: 'm'.repeat(5_000), hint: 'h' } as const;
    const problems = Array.from({ length: 25 }, () => problem);
    const { text } = reportFailure(new QmtlError('E_CYCLE', 'x'.repeat(9_000), { problems }), 'table', false);
    expect(text).toContain(`E_CYCLE: ${'x'.repeat(4_000)} … (5000 more characters)\n`);
    expect(text).toContain(`${'m'.repeat(4_000)} … (1000 more characters)\n`);
    expect(text).toContain('  20. ');
    expect(text).not.toContain('  21. ');
    expect(text.split('\n').at(-1)).toBe('  and 5 more; --output json lists them all');
  });

  test('a single problem is printed once', () => {
    const problems = [{ code: 'E_CYCLE', path: '/dag', message: 'a cycle', hint: 'cut it' }] as const;
    const { text } = reportFailure(new QmtlError('E_CYCLE', 'a.ts:1: a cycle', { problems }), 'table', false);
    expect(text).toBe('E_CYCLE: a.ts:1: a cycle\n→ cut it');
  });

  test('problems are numbered with their places', () => {
    const problems = [
      { code: 'E_CYCLE', path: '/dag', message: 'm1', hint: 'h1' },
      { code: 'E_DUPLICATE', path: '', message: 'm2', hint: 'h2' },
    ] as const;
    const { text } = reportFailure(new QmtlError('E_CYCLE', 'two', { problems }), 'table', false);
    expect(text).toBe('E_CYCLE: two\n  1. E_CYCLE at /dag: m1\n     → h1\n  2. E_DUPLICATE: m2\n     → h2');
  });
});

test('the codec server prints its URL and stops at Ctrl-C', async () => {
  const env = { QMTL_CODEC_SERVER_PORT: '0' };
  const io = fakeIo({ env, onResult: (_text, fake) => fake.interrupt() });
  const { exitCode, out } = await runWith(io, ['codec-server', '--allow-origin', 'http://localhost:1']);
  expect(exitCode).toBe(0);
  expect(out).toMatch(
    /^codec server: http:\/\/127\.0\.0\.1:\d+\nfor the UI at http:\/\/localhost:1; Ctrl-C stops it$/,
  );
});
