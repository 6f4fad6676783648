import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { tsImport } from 'tsx/esm/api';
import { expect, test } from 'vitest';
import { computeCodes } from '../../../sdk/code/compute-code.js';
import { findFunction } from '../../../sdk/code/find-function.js';
import { locateFunctions } from '../../../sdk/code/function-location.js';
import { LoadedFiles } from '../../../sdk/code/loaded-files.js';
import { Project } from '../../../sdk/code/project.js';
import { writeFiles } from './code-fixture.js';

/** All ways to write a function, each with its own number. */
const forms = `
const keep = { /* "{" */ text: '😀 { (', first: (view) => view + 1001 }; const second = (view) => view + 1002;
function third(view) { return view + 1003; }
const make = (w) => ({ compute: (view) => view.a + 1004 + w });
const curried = (a) => (b) => (c) => a + b + c + 1005;
const bodies = {
  method(view) { return view + 1006; },
  'quoted key': function (view) { return view + 1007; },
  named: function inner(view) { return view + 1008; },
  arrow: view => { const x = (y) => y; return x(view.a) + 1009; },
  [\`computed\`]: (view) => view + 1010,
  defaults: (view, k = (() => 5)()) => view + k + 1011,
  destructured: ({ a, b = 2 }) => a + b + 1012,
  row: (view) => ({ value: view + 1013 }), sameLine: (view) => ({ value: view + 1014 }),
  multi: (
    view
  ) =>
    view
    + 1015,
};
class Model { static go(view) { return view + 1016; } }
const list = [(view) => view + 1017, (view) => view + 1018];
const all = [
  keep.first, second, third, make(1).compute, curried(1)(2), bodies.method, bodies['quoted key'], bodies.named, bodies.arrow,
  bodies.computed, bodies.defaults, bodies.destructured, bodies.row, bodies.sameLine, bodies.multi, Model.go, ...list,
];
`;
const typed = forms
  .replaceAll('(view)', '(view: any): any')
  .replaceAll(
    'const make = (w)',
    'interface W { n: number }\n/** doc */\nexport type X = W;\nconst make = (w: any)',
  )
  .replace('({ a, b = 2 })', '({ a, b = 2 }: { a: number; b?: number })')
  .replace('(a) => (b) => (c) =>', '<T,>(a: T) => (b: any) => (c: any): any =>');

const numbers = Array.from({ length: 18 }, (_, i) => 1001 + i);

/** The numbers in the found source of each function. */
function marksOf(functions: readonly object[]): (number[] | string)[] {
  const project = new Project();
  const locations = locateFunctions(functions);
  return functions.map((one, index) => {
    const found = findFunction(project, one, locations[index], new LoadedFiles(new Map()));
    if (!found.ok) return found.reason;
    const text = found.module.file.text.slice(found.node.start, found.node.end);
    return [...text.matchAll(/\b10\d\d\b/g)].map(([mark]) => Number(mark));
  });
}

function functionsOf(module: unknown): object[] {
  const all: unknown = Reflect.get(Object(module), 'all');
  return Array.isArray(all) ? all.map(Object) : [];
}

const everyMark = numbers.map((mark) => [mark]);

test('functions are found in TypeScript loaded by tsx', async () => {
  const file = join(
    writeFiles({ 'main.ts': `${typed}\nexport { all };`, 'package.json': '{"type":"module"}' }),
    'main.ts',
  );
  const module: unknown = await tsImport(pathToFileURL(file).href, import.meta.url);
  expect(marksOf(functionsOf(module))).toEqual(everyMark);
});

test('functions are found in TypeScript loaded by tsx as CommonJS', async () => {
  const file = join(writeFiles({ 'main.ts': `${typed}\nexport { all };`, 'package.json': '{}' }), 'main.ts');
  const module: unknown = await tsImport(pathToFileURL(file).href, import.meta.url);
  expect(marksOf(functionsOf(module))).toEqual(everyMark);
});

test('functions are found in TypeScript loaded by vitest', async () => {
  const file = join(writeFiles(`${typed}\nexport { all };`), 'main.ts');
  const module: unknown = await import(/* @vite-ignore */ file);
  expect(marksOf(functionsOf(module))).toEqual(everyMark);
});

test('functions are found in JavaScript that nothing transforms', () => {
  const file = join(writeFiles({ 'main.cjs': `${forms}\nmodule.exports = { all };` }), 'main.cjs');
  const module: unknown = createRequire(import.meta.url)(file);
  expect(marksOf(functionsOf(module))).toEqual(everyMark);
});

test('a function has one code hash, whatever loads it', async () => {
  const sources = {
    'package.json': '{"type":"module"}',
    'main.ts': `import { scale } from './scale.js';\nexport const compute = (view: { a: number }): number => scale(view.a) + 1;\n`,
    'scale.ts': `const K = 3; // k\nexport function scale(x: number): number { return x * K; }\n`,
    'show.ts': `import { compute } from './main.js';\nimport { computeCodes } from '${join(import.meta.dirname, '../../../sdk/code/compute-code.js')}';\nprocess.stdout.write(computeCodes([compute])[0]!.digest);\n`,
  };
  const folder = writeFiles(sources);
  const inVitest: unknown = await import(/* @vite-ignore */ join(folder, 'main.ts'));
  const inTsx: unknown = await tsImport(pathToFileURL(join(folder, 'main.ts')).href, import.meta.url);
  const digests = [inVitest, inTsx].map(
    (module) => computeCodes([Object(Reflect.get(Object(module), 'compute'))])[0],
  );
  const child = execFileSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(folder, 'show.ts')],
    { encoding: 'utf8' },
  );
  expect(digests.map((one) => [one?.digest, one?.findings])).toEqual([
    [child, []],
    [child, []],
  ]);
});

test('functions created at one place are analysed once', () => {
  const make = (k: number) => (x: number) => x + k;
  const [a, b] = computeCodes([make(1), make(2)]);
  expect(a).toBe(b);
  expect(a?.findings.map(({ message, hint }) => [message, hint])).toEqual([
    [
      'captures k, a variable of an enclosing function',
      'pass it through params: params: { k }, then read view.params.k; or write const f = make(…), then compute: (view) => f(view)',
    ],
  ]);
});

test('a function whose source cannot be determined is refused', () => {
  const scale = (k: number, x: number): number => k * x;
  const bound = scale.bind(undefined, 2);
  const evaluated: unknown = runInThisContext('(view) => view.a');
  const found = computeCodes([bound, Math.max, Object(evaluated)]).map(({ digest, findings }) => [
    digest,
    findings[0]?.message,
  ]);
  const says = 'the source of the compute function cannot be determined: ';
  expect(found).toEqual([
    ['', `${says}it has no source: it is a built-in or bound function`],
    ['', `${says}it has no source: it is a built-in or bound function`],
    ['', `${says}evalmachine.<anonymous> is not a file`],
  ]);
});

test.each([
  ['tsx', async (file: string): Promise<unknown> => tsImport(pathToFileURL(file).href, import.meta.url)],
  ['vitest', async (file: string): Promise<unknown> => import(/* @vite-ignore */ file)],
])('a file that changed after %s loaded it is refused', async (_name, load) => {
  const file = join(
    writeFiles({
      'main.ts': 'export const all = [(view: number) => view * 1001];',
      'package.json': '{"type":"module"}',
    }),
    'main.ts',
  );
  const functions = functionsOf(await load(file));
  writeFileSync(file, 'export const all = [(view: number) => view * 1002];');
  expect(marksOf(functions)[0]).toMatch(
    /has changed since it was loaded|is not the source of the running function/,
  );
});

test('a file of plain JavaScript that changed after it was loaded is refused', () => {
  const file = join(
    writeFiles({ 'main.cjs': 'module.exports = { all: [(view) => view * 1001] };' }),
    'main.cjs',
  );
  const functions = functionsOf(createRequire(import.meta.url)(file));
  writeFileSync(file, 'module.exports = { all: [(view) => view * 1002] };');
  expect(marksOf(functions)[0]).toMatch(/is not the source of the running function/);
});

test.each([
  ['tsx', async (file: string): Promise<unknown> => tsImport(pathToFileURL(file).href, import.meta.url)],
  ['vitest', async (file: string): Promise<unknown> => import(/* @vite-ignore */ file)],
])('a function with a class that %s compiles to other members is found', async (_name, load) => {
  const text = `export const all = [(view: any) => {
  class A { #n = 1; static s = 2; static #p = 3; x = 5; #m() { return this.#n; } go() { return this.#m() + A.#p; } }
  const B = class { static k = 1001; };
  return new A().go() + A.s + B.k + view;
}];`;
  const file = join(writeFiles({ 'main.ts': text, 'package.json': '{"type":"module"}' }), 'main.ts');
  expect(marksOf(functionsOf(await load(file)))).toEqual([[1001]]);
});
