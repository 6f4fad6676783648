import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, run, runJson } from './fake-io.js';

describe('qmtl config', () => {
  test('the example of qmtl config is a valid configuration', async () => {
    const { out: example } = await run(['config', 'example']);
    const cwd = folderWith({ 'qmtl.yaml': example });
    const { exitCode, out } = await run(['config', 'validate'], { cwd });
    expect([exitCode, out.split('\n').at(-1)]).toEqual([0, 'valid, profile dev']);
  });

  test('the example of qmtl config in JSON has the defaults', async () => {
    expect(await runJson(['config', 'example'])).toMatchObject({ profile: 'dev', api: { port: 8080 } });
  });

  test('qmtl config validate lists every problem with file and line', async () => {
    const cwd = folderWith({ 'bad.yaml': 'profile: prodd\napi:\n  port: 99999\n  bogus: 1\n' });
    const { exitCode, out, err } = await run(['config', 'validate', 'bad.yaml'], { cwd });
    expect(exitCode).toBe(2);
    expect(out).toMatch(
      /error: bad\.yaml:1: profile.*\nerror: bad\.yaml:3: api\.port.*\nerror: bad\.yaml:4: api\.bogus/,
    );
    expect(err).toBe(
      'E_CONFIG: the configuration is not valid\n→ `qmtl config example` prints a documented file',
    );
  });

  test('qmtl config validate prints findings as JSON on request', async () => {
    const cwd = folderWith({ 'prod.yaml': 'profile: prod\n' });
    const { exitCode, out } = await run(['config', 'validate', '--config', 'prod.yaml', '--output', 'json'], {
      cwd,
    });
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      findings: expect.arrayContaining([
        { severity: 'error', where: 'prod.yaml:1', message: expect.stringContaining('TEMPORAL_ADDRESS') },
      ]),
    });
  });

  test.each([
    [['config', 'validate', 'none.yaml'], 'E_FILE: none.yaml cannot be read: no such file'],
    [['--config', 'none.yaml', 'queues'], 'E_FILE: none.yaml cannot be read: no such file'],
    [['--config', 'bad.yaml', 'queues'], 'E_CONFIG: bad.yaml:1: profile: '],
  ])('%j is refused', async (args, message) => {
    const { exitCode, err } = await run(args, { cwd: folderWith({ 'bad.yaml': 'profile: x\n' }) });
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});

describe('qmtl export-schema', () => {
  test('qmtl export-schema prints Cypher that is safe to run again', async () => {
    const { out } = await run(['export-schema']);
    const statements = out.split('\n');
    expect(statements.length).toBeGreaterThan(5);
    for (const statement of statements)
      expect(statement).toMatch(/^CREATE (?:CONSTRAINT|INDEX) \w+ IF NOT EXISTS .*;$/);
  });

  test('qmtl export-schema prints the statements as JSON', async () => {
    expect(await runJson(['export-schema'])).toEqual({
      statements: expect.arrayContaining([expect.stringMatching(/^CREATE /)]),
    });
  });

  test('qmtl export-schema writes a file and creates its folder', async () => {
    const cwd = folderWith();
    const { exitCode, out } = await run(['export-schema', '--out', 'new/folder/schema.cypher'], { cwd });
    const path = join(cwd, 'new/folder/schema.cypher');
    const text = readFileSync(path, 'utf8');
    expect([exitCode, out]).toEqual([0, `wrote ${text.trimEnd().split('\n').length} statements to ${path}`]);
  });

  test.each([
    ['.', 'E_FILE: . cannot be written: it is a folder'],
    ['file/x.cypher', 'E_FILE: file/x.cypher cannot be written: a part of its path is not a folder'],
  ])('qmtl export-schema refuses --out %s', async (out, message) => {
    const { exitCode, err } = await run(['export-schema', '--out', out], { cwd: folderWith({ file: '' }) });
    expect([exitCode, err]).toEqual([2, `${message}\n→ choose a file in a folder you may write to`]);
  });
});

describe('qmtl doctor', () => {
  const env = { PATH: process.env.PATH, TEMPORAL_ADDRESS: '127.0.0.1:1' };

  test('qmtl doctor shows what is installed, what would be used and what is missing', async () => {
    const { exitCode, out } = await run(['doctor'], { env });
    expect(exitCode).toBe(0);
    expect(out).toContain(process.version);
    expect(out).toContain('way to a Temporal server');
    expect(out).toContain('demo, tests');
    expect(out).toContain('part of `qmtl stack`');
  });

  test('qmtl doctor prints its findings as JSON', async () => {
    expect(await runJson(['doctor'], { env })).toMatchObject({
      node: process.version,
      temporal: { needs: [{ need: 'workflows' }, { need: 'visibility' }] },
      stack: [{ part: 'temporal' }, { part: 'kafka' }, { part: 'neo4j' }],
    });
  });
});
