import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { tsImport } from 'tsx/esm/api';
import { describe, expect, test } from 'vitest';
import { computeCodes } from '../../../sdk/code/compute-code.js';
import { loadStrategy } from '../../../sdk/index.js';
import { withoutFolder, writeFiles } from './code-fixture.js';

type Load = (file: string) => Promise<unknown>;

const byTsx: Load = async (file) => tsImport(pathToFileURL(file).href, import.meta.url);
const byVitest: Load = async (file) => import(/* @vite-ignore */ file);
const byRequire: Load = async (file) => createRequire(import.meta.url)(file);

/** The findings of the function named `compute` that a loader returns; `change` happens after it was loaded. */
async function findingsAfter(
  load: Load,
  file: string,
  change: () => void = () => {},
): Promise<readonly string[]> {
  const loaded: unknown = await load(file);
  change();
  const compute: unknown = Reflect.get(Object(loaded), 'compute');
  const [code] = computeCodes([Object(compute)]);
  return (code?.findings ?? []).map(({ place, message }) => withoutFolder(`${place} ${message}`));
}

/** Sums and texts whose values compilers write instead of them. */
const foldedText = `
export const compute = (view: { a: number; s: string }): number => {
  const day = 24 * 60 * 60 + (1 << 4);
  const text = 'a' + 'b' + \`c\`;
  return (view.s + 'x' + 'y' === 'p' + 'q' ? day * 1001 : text.length) + -5;
};
`;

describe.each([
  ['tsx, as a module', byTsx, '{"type":"module"}'],
  ['tsx, as CommonJS', byTsx, '{}'],
  ['vitest', byVitest, '{"type":"module"}'],
])('a file that is newer than the process and loaded by %s', (_name, load, manifest) => {
  const written = (text: string): string =>
    join(writeFiles({ 'main.ts': text, 'package.json': manifest }), 'main.ts');

  test('has the source of a function whose constants the compiler folded', async () => {
    expect(await findingsAfter(load, written(foldedText))).toEqual([]);
  });

  test.each([
    ["'a' + 'b'", "'a' + 'd'"],
    ['1001', '1002'],
    ['60 + (1', '61 + (1'],
  ])('is refused when %s became %s since', async (before, after) => {
    const file = written(foldedText);
    const change = () => writeFileSync(file, foldedText.replace(before, after));
    expect(await findingsAfter(load, file, change)).toEqual([
      expect.stringMatching(/main\.ts (?:has changed since it was loaded|is not the source of the running)/),
    ]);
  });
});

describe.each([
  ['tsx, as a module', byTsx, 'ts', '{"type":"module"}'],
  ['tsx, as CommonJS', byTsx, 'ts', '{}'],
  ['vitest', byVitest, 'ts', '{"type":"module"}'],
])('a helper that is loaded by %s', (_name, load, extension, manifest) => {
  const main = "import { scale } from './helper.js';\nexport const compute = (view) => scale(view.a);\n";
  const helper = 'export const scale = (x) => x * 1001 * (24 * 60);\n';
  const write = (): string =>
    writeFiles({ [`main.${extension}`]: main, [`helper.${extension}`]: helper, 'package.json': manifest });

  test('is analysed when it is what was loaded', async () => {
    expect(await findingsAfter(load, join(write(), `main.${extension}`))).toEqual([]);
  });

  test('is refused when it has changed since', async () => {
    const folder = write();
    const change = () => writeFileSync(join(folder, `helper.${extension}`), helper.replace('1001', '1002'));
    expect(await findingsAfter(load, join(folder, `main.${extension}`), change)).toEqual([
      'main.ts:2:34 reads helper.ts, which has changed since it was loaded',
    ]);
  });
});

test('a helper in JavaScript that nothing transforms is refused when it has changed since', async () => {
  const folder = writeFiles({
    'main.cjs': "const h = require('./helper.cjs');\nexports.compute = (view) => h.scale(view.a);\n",
    'helper.cjs': 'exports.scale = (x) => x * 2;\n',
  });
  const file = join(folder, 'main.cjs');
  expect(await findingsAfter(byRequire, file)).toEqual([]);
  const change = () => writeFileSync(join(folder, 'helper.cjs'), 'exports.scale = (x) => x * 3;\n');
  expect(await findingsAfter(byRequire, file, change)).toEqual([
    'main.cjs:1:11 reads helper.cjs, which has changed since it was loaded',
  ]);
});

test('enums that name each other are what a loader makes of them, and another value is seen', async () => {
  const values = (factor: number) =>
    `export namespace N { export enum Z { P = 4, Q } }\nenum F { A = 2, B, C = 'q' }\nexport enum E { A = F.A * ${factor} + N.Z.Q, B = \`\${F.C}-x\`, D = F.B ** 2, G, H = G + ~F.A }\n`;
  const files = {
    'package.json': '{"type":"module"}',
    'main.ts':
      "import { E } from './e.js';\nexport const compute = (view: any): number => view.a * E.A + E.H;\n",
    'e.ts': values(7),
  };
  const folder = writeFiles(files);
  expect(await findingsAfter(byTsx, join(folder, 'main.ts'))).toEqual([]);
  const change = () => writeFileSync(join(folder, 'e.ts'), values(8));
  expect(await findingsAfter(byTsx, join(folder, 'main.ts'), change)).toEqual([
    'main.ts:2:56 reads e.ts, which has changed since it was loaded',
  ]);
});

test('data that is newer than the process is analysed as it is when it is not known what was loaded of it', async () => {
  const files = {
    'package.json': '{"type":"module"}',
    'main.ts':
      "import t from './t.json' with { type: 'json' };\nexport const compute = (view) => view.a * t.k;\n",
    't.json': '{"k":1}',
  };
  expect(await findingsAfter(byTsx, join(writeFiles(files), 'main.ts'))).toEqual([]);
});

test('files that are older than the process are what it loaded', () => {
  const code = join(import.meta.dirname, '../../../sdk/code/compute-code.js');
  const folder = writeFiles({
    'package.json': '{"type":"module"}',
    'main.ts': `import { scale, Side } from './scale.js';\nimport t from './t.json' with { type: 'json' };\nexport const compute = (view: any): number => (Side.Buy === 1 ? 1 : scale(view.a) * t.k);\n`,
    'scale.ts':
      'export enum Side { Buy }\nexport const scale = (x: number): number => x * (24 * 60) + Side.Buy;\n',
    't.json': '{"k":1}',
    'show.ts': `import { writeFileSync } from 'node:fs';
import { compute } from './main.js';
import { computeCodes } from '${code}';
const found = () => computeCodes([compute]).map(({ findings }) => findings.map(({ message }) => message)).flat();
const before = found();
for (const file of ['scale.ts', 't.json']) writeFileSync(file, file === 't.json' ? '{"k":2}' : 'export enum Side { Buy }\\nexport const scale = (x: number): number => x * (24 * 61) + Side.Buy;\\n');
process.stdout.write(JSON.stringify([before, found()]));\n`,
  });
  const shown = execFileSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(folder, 'show.ts')],
    { encoding: 'utf8', cwd: folder },
  );
  expect(JSON.parse(shown)).toEqual([[], ['reads scale.ts, which has changed since it was loaded']]);
});

describe.each([
  ['ts', '{"type":"module"}'],
  ['ts', '{}'],
  ['mjs', '{"type":"module"}'],
])('a strategy in .%s of a project %s', (extension, manifest) => {
  const files = {
    'package.json': manifest,
    'node_modules/qmtl/package.json':
      '{"name":"qmtl","version":"1.0.0","type":"module","exports":"./index.ts"}',
    'node_modules/qmtl/index.ts': `export { days, node, source, strategy } from '${pathToFileURL(join(import.meta.dirname, '../../../sdk/index.ts')).href}';`,
    [`main.${extension}`]: `import { days, node, source, strategy } from 'qmtl';
import { scale } from './scale.${extension === 'mjs' ? 'mjs' : 'js'}';
import t from './t.json' with { type: 'json' };
const price = source('p', { type: 'P', interval: days(1), output: { close: 'float64' } });
const a = node('a', { inputs: { price }, compute: (view) => scale(view.price.close.at(-1)) * t.k });
export default strategy('s', { outputs: { a } });
`,
    [`scale.${extension}`]: 'export const scale = (x) => x * (24 * 60);\n',
    't.json': '{"k":1}',
  };

  test.each([
    [`scale.${extension}`, 'export const scale = (x) => x * (24 * 61);\n'],
    ['t.json', '{"k":2}'],
    ['main', ''],
  ])('is compiled as it was loaded, and refused when %s has changed since', async (name, text) => {
    const folder = writeFiles(files);
    const file = join(folder, `main.${extension}`);
    const made = await loadStrategy(file);
    if (name === 'main')
      writeFileSync(file, (files[`main.${extension}`] ?? '').replace('* t.k', '* t.k * 2'));
    else writeFileSync(join(folder, name), text);
    expect(made.check().map(({ message }) => message)).toEqual([
      expect.stringMatching(/has changed since it was loaded|may have loaded an earlier|is not the source/),
    ]);
    expect((await loadStrategy(join(writeFiles(files), `main.${extension}`))).check()).toEqual([]);
  });
});

describe.each([[true], [false]])(
  'a build in another folder, sources in its map: %s',
  (inlineSourcesContent) => {
    const main =
      "import { scale } from './scale.mjs';\nexport const compute = (view: any): number => scale(view.a) + 'a'.length * (24 * 60);\n";
    const scale = 'export const scale = (x: number): number => x * 1001;\n';
    const built = (file: string, text: string): string =>
      transformSync(text, {
        filename: file,
        sourceFileName: `../src/${file}`,
        sourceMaps: 'inline',
        inlineSourcesContent,
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2022',
        },
      }).code;
    const write = (): string =>
      writeFiles({
        'package.json': '{"type":"module"}',
        'src/main.mts': main,
        'src/scale.mts': scale,
        'out/main.mjs': built('main.mts', main),
        'out/scale.mjs': built('scale.mts', scale),
      });
    const show = (folder: string): unknown => {
      const code = join(import.meta.dirname, '../../../sdk/code/compute-code.ts');
      writeFileSync(
        join(folder, 'show.mts'),
        `const { compute } = await import('./out/main.mjs');
import { computeCodes } from '${code}';
const [made] = computeCodes([compute]);
process.stdout.write(JSON.stringify(made.findings.map(({ message }) => message)));\n`,
      );
      const args = ['--import', import.meta.resolve('tsx'), join(folder, 'show.mts')];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder }));
    };

    test('has the code of its sources', () => {
      expect(show(write())).toEqual([]);
    });

    test.each([
      ['src/main.mts', main.replace('24', '25')],
      ['src/scale.mts', scale.replace('1001', '1002')],
    ])('is refused when %s is newer', (file, text) => {
      const folder = write();
      writeFileSync(join(folder, file), text);
      expect(show(folder)).toEqual([
        expect.stringMatching(/has changed since it was loaded|is not the source of the running/),
      ]);
    });
  },
);
