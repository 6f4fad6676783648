import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { messageRegistry } from '../../proto/registry.js';

const manifest = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** The result of `npm run check:breaking` on a copy of the contracts with one line of submission.proto replaced. */
function checkWith(
  line: string,
  replacement: string,
): { readonly status: number | null; readonly out: string } {
  const folder = mkdtempSync(join(tmpdir(), 'qmtl-breaking-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const path of ['buf.yaml', 'proto']) cpSync(path, join(folder, path), { recursive: true });
  const contract = join(folder, 'proto/qmtl/v1/submission.proto');
  const text = readFileSync(contract, 'utf8');
  expect(text).toContain(line);
  writeFileSync(contract, text.replace(line, replacement));
  const [program = '', ...args] = (manifest.scripts['check:breaking'] ?? '').split(' ');
  const run = spawnSync(resolve('node_modules/.bin', program), args, { cwd: folder, encoding: 'utf8' });
  return { status: run.status, out: `${run.stdout}${run.stderr}` };
}

const field = 'string strategy_id = 1;';

test.each([
  ['another type', 'int32 strategy_id = 1;', 'changed type'],
  ['another number', 'string strategy_id = 99;', 'without reserving the number "1"'],
  ['another name', 'string strategy = 1;', 'changed name'],
  ['no such field', '', 'was deleted'],
])('a contract whose field has %s is refused', (_name, replacement, says) => {
  const { status, out } = checkWith(field, replacement);
  expect(out).toMatch(/^proto\/qmtl\/v1\/submission\.proto:\d+:\d+:/);
  expect(out).toContain(says);
  expect(status).not.toBe(0);
});

test('a contract with a new field is compatible', () => {
  expect(checkWith(field, `${field}\n  string new_field = 99;`)).toEqual({ status: 0, out: '' });
});

test('the baseline knows contracts of every package', () => {
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync('proto/baseline.binpb'));
  const packages = new Set([...messageRegistry].map(({ file: { proto } }) => proto.package));
  packages.delete('google.protobuf');
  expect(file.map((one) => one.package)).toEqual(expect.arrayContaining([...packages]));
});

test('npm run check compares the contracts with the baseline', () => {
  expect(manifest.scripts.check).toContain('npm run check:proto');
  expect(manifest.scripts['check:proto']).toContain('npm run --silent check:breaking');
});
