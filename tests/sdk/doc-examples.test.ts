import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as api from '../../sdk/index.js';
import { writeFiles } from './code/code-fixture.js';

const root = resolve(import.meta.dirname, '../..');

/** The code of every example in the doc comments of a file. */
function examplesIn(text: string): string[] {
  return [...text.matchAll(/^ \* ```ts\n(.*?)^ \* ```$/gms)].map(([, block = '']) =>
    block.replaceAll(/^ \* ?/gm, ''),
  );
}

const sources = readdirSync(join(root, 'sdk'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(root, 'sdk', name), 'utf8')] as const);

const examples = sources.flatMap(([name, text]) =>
  examplesIn(text).map(
    (example, index) => [`${name.replace('.ts', '').replaceAll('/', '-')}-${index}.ts`, example] as const,
  ),
);

test('every function of the library has an example', () => {
  const names = Object.entries(api).flatMap(([name, value]) =>
    typeof value === 'function' && /^[a-z]/.test(name) ? [name] : [],
  );
  const missing = names.filter(
    (name) => !examples.some(([, example]) => new RegExp(`\\b${name}\\(`).test(example)),
  );
  expect(names.length).toBeGreaterThan(8);
  expect(missing).toEqual([]);
});

test('every example in the documentation compiles', () => {
  const folder = writeFiles({
    ...Object.fromEntries(examples),
    'tsconfig.json': JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        noUnusedLocals: false,
        // The client reaches generated code, which has enums.
        erasableSyntaxOnly: false,
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { qmtl: [join(root, 'sdk/index.ts')], 'qmtl/client': [join(root, 'sdk/client.ts')] },
      },
      files: examples.map(([name]) => name),
    }),
    'package.json': '{"type":"module"}',
  });
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const output = execFileSync(
    process.execPath,
    [join(typescript, 'bin/tsc'), '-p', folder, '--pretty', 'false'],
    {
      encoding: 'utf8',
    },
  );
  expect(output).toBe('');
  expect(examples.length).toBeGreaterThan(10);
});
