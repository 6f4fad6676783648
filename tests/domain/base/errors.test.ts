import { readdirSync, readFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';
import { describe, expect, test } from 'vitest';
import {
  errorCatalogue,
  errorCodes,
  exitCodes,
  isErrorCode,
  isQmtlError,
  ownQmtlError,
  QmtlError,
  sortProblems,
} from '../../../domain/base/errors.js';

/** Heading → text below it. */
const sections = new Map(
  readFileSync('docs/errors.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading, lines.join('\n').trim()] as const;
    }),
);

/** Source of everything that raises errors; the catalogue itself does not count. */
const source = [
  'activities',
  'api',
  'bus',
  'cli',
  'config',
  'devstack',
  'domain',
  'graph',
  'sdk',
  'temporal',
  'workers',
  'workflows',
]
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => file.endsWith('.ts') && file !== 'domain/base/errors.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('docs/errors.md', () => {
  test('docs/errors.md has one heading per code, in the order of the catalogue', () => {
    expect([...sections.keys()]).toEqual(errorCodes);
  });

  test.each(errorCodes)('docs/errors.md has meaning, advice and numbers of %s', (code) => {
    const { httpStatus, exitCode, retryable } = errorCatalogue[code];
    const numbers = `HTTP status ${httpStatus} · exit code ${exitCode} · retryable: ${retryable ? 'yes' : 'no'}`;
    const [meaning = '', remedy = '', facts] = (sections.get(code) ?? '').split('\n\n');
    expect(meaning).toMatch(/^[A-Z`].{20,}\.$/s);
    expect(remedy).toMatch(/^\*\*What to do\.\*\* .{5,}\.$/s);
    expect(facts).toBe(numbers);
  });
});

describe('the catalogue', () => {
  test.each(errorCodes)('%s is raised somewhere', (code) => {
    expect(source).toContain(`'${code}'`);
  });

  test('the catalogue contains every code that is raised', () => {
    const raised = new Set([...source.matchAll(/'(E_[A-Z_]+)'/g)].map(([, code]) => code ?? ''));
    expect([...raised].filter((code) => !isErrorCode(code))).toEqual([]);
  });

  test.each(errorCodes)('%s has a message, an error status and an exit code', (code) => {
    const { says, httpStatus, exitCode } = errorCatalogue[code];
    expect(says).toMatch(/^[a-z].+[^.]$/);
    expect(httpStatus).toBeGreaterThanOrEqual(400);
    expect(Object.values(exitCodes)).toContain(exitCode);
    expect(exitCode).not.toBe(exitCodes.ok);
  });

  test('members of the object prototype are not codes', () => {
    expect(['toString', '__proto__', 'E_GONE', ''].filter(isErrorCode)).toEqual([]);
  });
});

describe('problems', () => {
  const problem = (code: (typeof errorCodes)[number], path: string) => ({
    code,
    path,
    message: '',
    hint: '',
  });

  test('problems are sorted most basic first, then by path with indices as numbers', () => {
    const sorted = [
      problem('E_SCHEMA_INVALID', '/dag/nodes/2'),
      problem('E_SCHEMA_INVALID', '/dag/nodes/10'),
      problem('E_NODE_ID_FIELDS', '/dag/nodes/0'),
      problem('E_CYCLE', '/dag/nodes/0'),
    ];
    expect(sortProblems([...sorted].reverse())).toEqual(sorted);
  });
});

test('an error says whether a retry can help', () => {
  expect(new QmtlError('E_CONTENDED', 'held').retryable).toBe(true);
  expect(new QmtlError('E_CYCLE', 'a cycle').retryable).toBe(false);
});

test('an error keeps its cause, its hint and its problems', () => {
  const cause = new Error('inner');
  const error = new QmtlError('E_FILE', 'outer', { cause, hint: 'look' });
  expect(error).toMatchObject({
    name: 'QmtlError',
    code: 'E_FILE',
    message: 'outer',
    hint: 'look',
    problems: [],
    cause,
  });
  expect(new QmtlError('E_FILE', 'outer')).not.toHaveProperty('cause');
});

describe('an error of another copy of the library', () => {
  /** Made by a second evaluation of the module: its class is another. */
  const copy = async (): Promise<unknown> => {
    const url = new URL('../../../domain/base/errors.ts', import.meta.url).href;
    const module: unknown = await tsImport(url, import.meta.url);
    return Reflect.construct(Object(module).QmtlError, ['E_DATA', 'no such column']);
  };

  test('is recognised, though its class is another', async () => {
    const error = await copy();
    expect(error).not.toBeInstanceOf(QmtlError);
    expect(isQmtlError(error)).toBe(true);
  });

  test.each([
    ['problems', undefined],
    ['message', 5],
    ['hint', {}],
  ])('an error of another release without usable %s is not a QmtlError', (name, value) => {
    const other = new QmtlError('E_DATA', 'thrown by another release');
    Object.defineProperty(other, name, { value });
    expect(isQmtlError(other)).toBe(false);
  });

  test('with a code that is not known here is a stranger', () => {
    const newer = new QmtlError('E_DATA', 'said by a newer version');
    Reflect.set(newer, 'code', 'E_NEW');
    expect(isQmtlError(newer)).toBe(false);
  });

  const evil = () => {
    throw new Error('evil');
  };
  const branded = (content: object) => ({
    [Symbol.for('qmtl.error/1')]: true,
    message: 'm',
    code: 'E_DATA',
    hint: undefined,
    problems: [],
    ...content,
  });
  const problem = { code: 'E_DATA', path: '', message: 'm', hint: 'h' };
  const { proxy: revoked, revoke } = Proxy.revocable(new QmtlError('E_DATA', 'm'), {});
  revoke();

  test.each<[string, object]>([
    ['whose code throws', Object.defineProperty(branded({}), 'code', { get: evil })],
    ['whose code is an object with the text of one', branded({ code: { toString: () => 'E_DATA' } })],
    ['whose brand is not true', { ...branded({}), [Symbol.for('qmtl.error/1')]: 1 }],
    ['that is a revoked proxy', revoked],
    ['whose traps throw', new Proxy({}, { get: evil, has: evil, getPrototypeOf: evil })],
    ['with a problem that is text', branded({ problems: ['gone'] })],
    ['with a problem that is null', branded({ problems: [null] })],
    ['with a hole among its problems', branded({ problems: Array(1) })],
    ['with a problem of an unknown code', branded({ problems: [{ ...problem, code: 'E_NEW' }] })],
    ['with a problem without a hint', branded({ problems: [problem, { ...problem, hint: undefined }] })],
    ['whose problems throw', branded({ problems: new Proxy([problem], { get: evil }) })],
  ])('a value %s is not a QmtlError', (_what, value) => {
    expect([isQmtlError(value), ownQmtlError(value)]).toEqual([false, undefined]);
  });

  test('a QmtlError of any copy is copied, so that later changes of it do not matter', () => {
    const read: string[] = [];
    const other = new Proxy(branded({ hint: 'look', problems: [problem] }), {
      get: (target, name) => {
        read.push(String(name));
        return Reflect.get(target, name);
      },
    });
    const own = ownQmtlError(other);
    const reads = read.length;
    expect(own).toBeInstanceOf(QmtlError);
    expect(own).toMatchObject({ code: 'E_DATA', message: 'm', hint: 'look', problems: [problem] });
    expect(read).toHaveLength(reads);
    expect(new Set(read).size).toBe(reads);
  });

  test.each([[new Error('no')], [{ name: 'QmtlError', code: 'E_DATA' }], [null], ['E_DATA']])(
    'is not %o',
    (value) => {
      expect(isQmtlError(value)).toBe(false);
    },
  );
});
