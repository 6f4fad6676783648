import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import * as api from '../../sdk/index.js';
import { writeFiles } from './code/code-fixture.js';
import { faceExports, faces } from './face-exports.js';

const root = resolve(import.meta.dirname, '../..');

/** The code of every example in the doc comments of a file. */
function examplesIn(text: string): string[] {
  return [...text.matchAll(/^ \* ```ts\n(.*?)^ \* ```$/gms)].map(([, block = '']) =>
    block.replaceAll(/^ \* ?/gm, ''),
  );
}

const sources = ['sdk', 'domain', 'std'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')] as const),
);

const examples = sources.flatMap(([name, text]) =>
  examplesIn(text).map(
    (example, index) => [`${name.replace('.ts', '').replaceAll('/', '-')}-${index}.ts`, example] as const,
  ),
);

/** Connecting needs a server, so examples with run-time imports of the client are not run; type imports do not count. */
const needsServer = (example: string) => /\bconnectClient\(/.test(example);

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

test.each(faceExports().map((one) => [`${one.name} of ${one.face}`, one] as const))(
  '%s has a doc comment with an example that imports it by name',
  (_title, { face, name, comment }) => {
    expect(comment).toContain('@example');
    const [example = ''] = examplesIn(comment);
    expect(example).toContain(`from '${face}'`);
    expect(example).toMatch(new RegExp(`\\b${name}\\b`));
  },
);

test('every face of the package is covered', () => {
  const counts = Object.keys(faces).map((face) => faceExports().filter((one) => one.face === face).length);
  expect(Math.min(...counts)).toBeGreaterThan(5);
});

test('every example in the doc comments compiles', () => {
  const folder = writeFiles({
    ...Object.fromEntries(examples),
    'tsconfig.json': JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        noUnusedLocals: false,
        // Two examples may declare the same names.
        moduleDetection: 'force',
        // The client reaches generated code, which has enums.
        erasableSyntaxOnly: false,
        typeRoots: [join(root, 'node_modules/@types')],
        paths: Object.fromEntries(Object.entries(faces).map(([face, file]) => [face, [join(root, file)]])),
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

test('every example in the doc comments that does not need a server runs', () => {
  const runnable = examples.filter(([, example]) => !needsServer(example));
  const exported = Object.fromEntries(
    Object.entries(faces).map(([face, file]) => [
      face.replace('qmtl', '.'),
      `./${file.replaceAll('/', '-')}`,
    ]),
  );
  const reexports = Object.values(faces).map((file) => [
    `node_modules/qmtl/${file.replaceAll('/', '-')}`,
    `export * from '${pathToFileURL(join(root, file)).href}';`,
  ]);
  const folder = writeFiles({
    ...Object.fromEntries(runnable),
    ...Object.fromEntries(reexports),
    'node_modules/qmtl/package.json': JSON.stringify({
      name: 'qmtl',
      version: '1.0.0',
      type: 'module',
      exports: exported,
    }),
    'package.json': '{"type":"module"}',
    // The module that the example of loadStrategy loads.
    'strategies/trend.ts': trendExample(),
    'all.ts': runnable.map(([name]) => `await import('./${name}');`).join('\n'),
  });
  const args = ['--import', import.meta.resolve('tsx'), join(folder, 'all.ts')];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder, stdio: 'pipe' });
  expect(output).toContain('1.1\n');
  expect(runnable.length).toBeGreaterThan(examples.length - 6);
});

function trendExample(): string {
  const [, example = ''] =
    examples.find(([, text]) => text.includes("export default strategy('trend'")) ?? [];
  return example;
}
