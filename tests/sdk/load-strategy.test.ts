import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSubmissionFile } from '../../cli/io/submission-file.js';
import { loadStrategy } from '../../sdk/index.js';
import { fakeIo } from '../cli/fake-io.js';
import { writeFiles } from './code/code-fixture.js';

const sdk = pathToFileURL(resolve(import.meta.dirname, '../../sdk/index.ts')).href;

/** An author's project with another copy of this library installed than the one that loads it. */
const project = (files: Readonly<Record<string, string>>): string =>
  writeFiles({
    'package.json': '{"type":"module"}',
    'node_modules/qmtl/package.json':
      '{"name":"qmtl","version":"1.0.0","type":"module","exports":"./index.ts"}',
    'node_modules/qmtl/index.ts': `export { bars, days, node, source, strategy } from '${sdk}';`,
    ...files,
  });

const nodes = `import { bars, days, node, source } from 'qmtl';
import { window } from './window.js';
export const price = source('p', { type: 'Price', interval: days(1), output: { close: 'float64' } });
export const average = node('average', {
  inputs: { price },
  period: bars(window),
  compute: (view) => view.price.close.mean(),
});
`;
const good = {
  'main.ts': `import { strategy } from 'qmtl';
import { average } from './nodes.js';
export default strategy('good', { version: 'v7', outputs: { average } });
`,
  'nodes.ts': nodes,
  'window.ts': 'export const window: number = 5;\n',
};

const load = (files: Readonly<Record<string, string>>, file = 'main.ts') =>
  loadStrategy(join(project(files), file));

/** Messages of a refused load, files without their folder. */
async function refusal(files: Readonly<Record<string, string>>, file = 'main.ts'): Promise<unknown> {
  try {
    await load(files, file);
  } catch (error) {
    const { code, message, hint, problems } = Object(error);
    return JSON.parse(
      JSON.stringify({ code, message, hint, problems }).replaceAll(/\/tmp\/qmtl-code-\w+\//g, ''),
    );
  }
  return undefined;
}

test('a strategy is loaded from TypeScript with its imports', async () => {
  const made = await load(good);
  expect([made.id, made.version, made.check()]).toEqual(['good', 'v7', []]);
  expect(made.compile().nodes.map(({ spec }) => [spec.name, spec.period])).toEqual([
    ['p', 0],
    ['average', 5],
  ]);
});

test('a strategy is loaded from a project that is not of type module', async () => {
  const made = await load({ ...good, 'package.json': '{}' });
  expect(made.check()).toEqual([]);
});

test('a strategy loaded again has the same ids, and a changed one has other ids', async () => {
  const [a, b, c] = await Promise.all([
    load(good),
    load(good),
    load({ ...good, 'window.ts': 'export const window = 6;' }),
  ]);
  const ids = [a, b, c].map((one) => one?.compile().outputs.average);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('problems of a loaded strategy name the files of its author', async () => {
  const made = await load({
    ...good,
    'nodes.ts': nodes.replace('close.mean()', 'close.mean() * Math.random()'),
  });
  const [problem] = made.check();
  expect(problem?.code).toBe('E_IMPURE_COMPUTE');
  expect(problem?.message).toMatch(/\/nodes\.ts:7:48: uses Math\.random \(randomness\)$/);
  expect(() => made.compile()).toThrow(expect.objectContaining({ name: 'QmtlError', problems: [problem] }));
});

test('code that changes a captured constant is found in a file without nodes', async () => {
  const made = await load({
    'main.ts': `import './setup.js';\nimport { strategy } from 'qmtl';\nimport { average } from './nodes.js';\nexport default strategy('s', { outputs: { average } });`,
    'setup.ts': `import { table } from './table.js';\ntable.k = 3;\n`,
    'table.ts': 'export const table = { k: 1 };\n',
    'nodes.ts': nodes
      .replace("'./window.js'", "'./table.js'")
      .replace('{ window }', '{ table }')
      .replace('window', '2')
      .replace('close.mean()', 'close.mean() * table.k'),
  });
  expect(made.check().map(({ message }) => message)).toEqual([
    expect.stringMatching(/nodes\.ts:7:48: captures table, which is changed at \S+setup\.ts:2:1$/),
  ]);
});

test('a file that does not exist is refused', async () => {
  await expect(loadStrategy('/nowhere/s.ts')).rejects.toMatchObject({
    code: 'E_FILE',
    message: 'there is no file /nowhere/s.ts',
    hint: 'pass the path of a module that exports a strategy',
  });
});

test.each([[undefined], [''], [new URL('file:///nowhere/s.ts')]])(
  'loading %o, which is not a path, is refused',
  async (file) => {
    await expect(Reflect.apply(loadStrategy, undefined, [file])).rejects.toMatchObject({ code: 'E_USAGE' });
  },
);

test('a folder is refused', async () => {
  await expect(loadStrategy('.')).rejects.toMatchObject({ code: 'E_FILE' });
});

test('a syntax error is refused with its place and line before anything runs', async () => {
  const broken = { ...good, 'main.ts': `throw new Error('ran');\nconst x = ;\n` };
  expect(await refusal(broken)).toEqual({
    code: 'E_STRATEGY_MODULE',
    message: 'main.ts:2:11: cannot be parsed: Unexpected token',
    hint: 'the line is: const x = ;',
    problems: [expect.objectContaining({ message: 'main.ts:2:11: cannot be parsed: Unexpected token' })],
  });
});

test('a syntax error in an imported file is refused with its place and line', async () => {
  expect(await refusal({ ...good, 'window.ts': '\n\nexport const window = (;\n' })).toMatchObject({
    code: 'E_STRATEGY_MODULE',
    message: 'window.ts:3:24: cannot be parsed: Unexpected token',
    hint: 'the line is: export const window = (;',
  });
});

test('an import of a missing file is refused with its place', async () => {
  expect(await refusal({ ...good, 'nodes.ts': nodes.replace('./window.js', './wndow.js') })).toMatchObject({
    code: 'E_STRATEGY_MODULE',
    message: 'nodes.ts:2:24: cannot be imported: ./wndow.js is not a file',
    hint: "the line is: import { window } from './wndow.js';",
  });
});

test('a package that is not installed is refused', async () => {
  expect(
    await refusal({ ...good, 'window.ts': `import 'no-such-package';\nexport const window = 5;\n` }),
  ).toMatchObject({
    code: 'E_STRATEGY_MODULE',
    message: expect.stringContaining("Cannot find package 'no-such-package'"),
    hint: 'install it: npm install no-such-package',
  });
});

const requireIn = (specifier: string) =>
  `import { createRequire } from 'node:module';\nexport default createRequire(import.meta.url)('${specifier}');\n`;

describe('the place of a module that is missing', () => {
  const commonJs = '{"type":"commonjs"}';
  const esm = '{"type":"module"}';
  test.each([
    ['require in JavaScript', commonJs, 'a.js', "let a = 1;\n  require('none-such');\n", '2:11'],
    [
      'import in TypeScript compiled to CommonJS',
      commonJs,
      'a.ts',
      "let a: number;\nimport x from 'none-such';\nexport default x;\n",
      '2:15',
    ],
    ['import in TypeScript', esm, 'a.ts', "interface A { a: 1 }\nimport 'none-such';\n", '2:8'],
    ['import in JavaScript', esm, 'a.mjs', "// 'none-such'\nimport 'none-such';\n", '2:8'],
    ['import() in TypeScript', esm, 'a.mts', "interface A { a: 1 }\nawait import('none-such');\n", '2:14'],
    ['a required require', esm, 'a.ts', requireIn('none-such'), '2:47'],
    ['require of a file', commonJs, 'a.js', "\nrequire('./none-such')", '2:9'],
    ['an imported file', esm, 'b.ts', requireIn('none-such'), '2:47'],
  ])('%s has file, line and column', (_name, manifest, file, text, place) => {
    const files = { 'package.json': manifest, 'main.mts': `import './${file}';\n`, [file]: text };
    const entry = file === 'b.ts' ? 'main.mts' : file;
    const says = new RegExp(`^${file}:${place}: the module failed while it was loaded: .*none-such`);
    expect(loadInNode(files, entry)).toMatchObject({
      code: 'E_STRATEGY_MODULE',
      message: expect.stringMatching(says),
    });
  });

  test('a module that a package misses is placed in the file of the author', () => {
    const files = {
      'package.json': commonJs,
      'node_modules/has/package.json': '{"name":"has","main":"i.js"}',
      'node_modules/has/i.js': "require('none-such')",
      'main.js': "\nrequire('has');\n",
    };
    expect(loadInNode(files, 'main.js')).toMatchObject({
      message: expect.stringMatching(/^main\.js: .*none-such/),
    });
  });
});

describe('a load that is stopped', () => {
  const endless = { 'main.mjs': 'await new Promise(() => {});\nexport default 1;\n' };

  test('a module that never settles does not hold a stopped load', async () => {
    const file = join(project(endless), 'main.mjs');
    await expect(loadStrategy(file, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: `the load of ${file} was stopped before it was done`,
      hint: 'its module may still be running',
    });
  });

  test('a load that was stopped before runs no code', async () => {
    const file = join(project({ 'main.mjs': "throw new Error('ran');\n" }), 'main.mjs');
    await expect(loadStrategy(file, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
  });

  test.each([
    [{ signal: 5 }, 'option signal of loadStrategy() is 5, not an AbortSignal'],
    [{ timeout: 5 }, 'loadStrategy() has no option timeout'],
  ])('a load with the options %o is refused', async (options, message) => {
    const failure = Reflect.apply(loadStrategy, undefined, ['main.ts', options]);
    await expect(failure).rejects.toMatchObject({ code: 'E_USAGE', message });
  });
});

describe('the types of strategy modules', () => {
  const names = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '.TS', ''].map(
    (extension) => `main${extension}`,
  );

  test.each(names)('loadStrategy and the command line agree on %s', async (name) => {
    const folder = project({ [name]: 'export default 1;\n' });
    const loading = loadStrategy(join(folder, name)).catch((error: unknown) => error);
    const io = fakeIo({ cwd: folder });
    const reading = readSubmissionFile(io, name, {}).catch((error: unknown) => error);
    const unknown = /unknown file type/;
    const isModule = /^main\.[cm]?[tj]s$/.test(name);
    expect(String(await loading)).toMatch(isModule ? /has no strategy/ : unknown);
    expect(String(await reading)).toMatch(isModule ? /has no strategy/ : unknown);
  });
});

test.each(['./lib/x.cjs', '../x.cjs', '/lib/x.cjs'])(
  'a missing required file %s is not reported as a package to install',
  async (file) => {
    const requiring = `import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('${file}');\nexport const window = 5;\n`;
    expect(await refusal({ ...good, 'window.ts': requiring })).toMatchObject({
      code: 'E_STRATEGY_MODULE',
      message: expect.stringContaining(`Cannot find module '${file}'`),
      hint: 'correct the path, or create the file',
    });
  },
);

test('the hint for a missing subpath names the package to install', async () => {
  const requiring = `import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('@none/such/part');\nexport const window = 5;\n`;
  expect(await refusal({ ...good, 'window.ts': requiring })).toMatchObject({
    hint: 'install it: npm install @none/such',
  });
});

test('a reason of several lines is reported in full', async () => {
  const throwing = `throw new Error('Transform failed with 1 error:\\nERROR: the reason');\nexport const window = 5;\n`;
  expect(await refusal({ ...good, 'window.ts': throwing })).toMatchObject({
    message: expect.stringMatching(/Error: Transform failed with 1 error:\nERROR: the reason$/),
  });
});

/** Loads without vitest, as the command line does: returns the refusal, or the ids of the loaded strategy. */
function loadInNode(files: Readonly<Record<string, string>>, file = 'main.ts'): unknown {
  const show = `import { loadStrategy } from '${sdk}';
const shown = await loadStrategy(process.argv[2]).then(
  (strategy) => strategy.compile().outputs,
  ({ code, message, hint, problems }) => ({ code, message, hint, problems }),
);
process.stdout.write(JSON.stringify(shown));`;
  const folder = project({ ...files, 'show.mts': show });
  const args = ['--import', import.meta.resolve('tsx'), join(folder, 'show.mts'), join(folder, file)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder }));
}

test('a strategy in JavaScript has the ids of its TypeScript source', async () => {
  const built = Object.fromEntries(
    Object.entries(good).map(([name, text]) => [name.replace('.ts', '.js'), text.replace(': number', '')]),
  );
  expect(loadInNode(built, 'main.js')).toEqual((await load(good)).compile().outputs);
});

test('an error while the module is loaded is refused with its place', () => {
  const faulty = `interface Box { size: number }\nconst box: any = undefined;\n\nexport const window = box.size;\n`;
  expect(loadInNode({ ...good, 'window.ts': faulty })).toEqual({
    code: 'E_STRATEGY_MODULE',
    message:
      "window.ts:4:27: the module failed while it was loaded: TypeError: Cannot read properties of undefined (reading 'size')",
    hint: 'fix the module',
    problems: [],
  });
});

describe.each(['ts', 'js'])('an import in %s that cannot be linked', (extension) => {
  const main = `import { days, source, strategy } from 'qmtl';
import { window } from './window.js';
const price = source('p', { type: 'Price', interval: days(window), output: { close: 'float64' } });
export default strategy('s', { outputs: { price } });
`;
  const common = {
    'node_modules/common/package.json': '{"name":"common","version":"1.0.0"}',
    'node_modules/common/index.js': 'module.exports = { a: 1 };',
    'cfg.json': '{\n  "a": 1,\n  b: 2\n}\n',
    'empty.js': 'export {};\n',
  };
  const named = 'correct the name, or export it there';

  test.each([
    ['a missing package', "\nimport x from 'no-such';", '3:15', 'install it: npm install no-such'],
    ['a missing part of a package', "\nimport x from 'qmtl/part';", '3:15', 'fix the module'],
    ['a missing file', "\nawait import('./none.js');", '3:14', 'correct the path, or create the file'],
    ['a missing name of a package', "\nimport { nope } from 'qmtl';\nnope;", '3:10', named],
    ['a missing name of a file', "import { x } from './empty.js';\nx;", '2:10', named],
    ['a missing default', "import x from './empty.js';\nx;", '2:8', named],
    ['a missing name that is exported again', "export { x as y } from './empty.js';", '2:10', named],
    ['a missing name of a module of Node', "import { nope } from 'node:fs';\nnope;", '2:10', named],
    ['a missing name of a CommonJS module', "import { nope } from 'common';\nnope;", '2:10', named],
  ])('%s is refused with its place', (_name, line, place, hint) => {
    const text = `export const window = 1;\n${line}\nexport const used = typeof x;\n`;
    const files = { ...common, [`main.${extension}`]: main, [`window.${extension}`]: text };
    const message = new RegExp(`^window\\.${extension}:${place}: the module failed while it was loaded: `);
    expect(loadInNode(files, `main.${extension}`)).toMatchObject({
      code: 'E_STRATEGY_MODULE',
      message: expect.stringMatching(message),
      hint,
    });
  });

  test('JSON with a fault is refused with its place and line', () => {
    const json = "import cfg from './cfg.json' with { type: 'json' };\nexport const window = cfg.a;\n";
    const files = { ...common, [`main.${extension}`]: main, [`window.${extension}`]: json };
    expect(loadInNode(files, `main.${extension}`)).toMatchObject({
      code: 'E_STRATEGY_MODULE',
      message: 'cfg.json:3:3: cannot be parsed: it is not JSON',
      hint: 'the line is: b: 2',
    });
  });
});

test('the hint for top-level await in a CommonJS project names the ways out', async () => {
  const files = { ...good, 'package.json': '{}', 'window.ts': 'await 0;\nexport const window = 5;\n' };
  expect(await refusal(files)).toMatchObject({
    code: 'E_STRATEGY_MODULE',
    message: expect.stringMatching(/^window\.ts:1:1: the module failed while it was loaded: Top-level await/),
    hint: 'write "type": "module" in package.json, or name the file .mts or .mjs',
  });
});

test('an error of the builder keeps its code and hint', () => {
  expect(loadInNode({ ...good, 'window.ts': 'export const window = 0.5;' })).toEqual({
    code: 'E_USAGE',
    message: 'nodes.ts:6:11: bars(0.5) is not a whole number from 1 to 1000000',
    hint: 'a period counts bars, including the newest: bars(1) sees the current bar only',
    problems: [],
  });
});

test.each([
  ['no default export', `export const x = 1;`],
  ['a default export that is not a strategy', `export default { id: 'x' };`],
  ['a default export of nothing', `export default undefined;`],
])('a module is refused that has %s', async (_name, text) => {
  expect(await refusal({ 'main.ts': text })).toMatchObject({
    code: 'E_STRATEGY_MODULE',
    message: 'main.ts has no strategy as its default export',
    hint: "end the file with: export default strategy('my-strategy', { outputs: { … } })",
  });
});
