import { expect, test } from 'vitest';
import { packageFileBytesMax, packagesBytesMax } from '../../../sdk/code/package-bounds.js';
import { codeOf, findingsOf, view, withoutFolder } from './code-fixture.js';

const mebibyte = 1024 ** 2;
/** A file that exports one function, with a comment that makes it as large as that. */
const file = (bytes: number) => {
  const code = 'export const f = (x) => x;\n//';
  return code + '-'.repeat(bytes - code.length);
};
const hint =
  'import only the functions that are needed, by their files if the package has them, or copy them into the project';

test('a file of a package is read up to packageFileBytesMax', () => {
  expect(packageFileBytesMax).toBe(2 * mebibyte);
  const sources = (bytes: number) => ({
    'main.ts': view('f(1)', 'import { f } from "large";'),
    'node_modules/large/package.json': '{ "name": "large", "type": "module", "main": "index.js" }',
    'node_modules/large/index.js': file(bytes),
  });
  expect(findingsOf(sources(packageFileBytesMax))).toEqual([]);
  const [finding] = codeOf(sources(packageFileBytesMax + mebibyte / 2)).findings;
  expect(withoutFolder(finding?.message ?? '')).toBe(
    'uses f, but node_modules/large/index.js is a file of the package large with 2.5 MiB; at most 2.0 MiB of one file are read',
  );
  expect(finding?.hint).toBe(hint);
});

test('files of packages are read up to packagesBytesMax in one compilation', () => {
  expect(packagesBytesMax).toBe(8 * mebibyte);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const imports = names.map((name) => `import { f as ${name} } from "${name}";`).join(' ');
  const sources = (last: number) => ({
    'main.ts': view(names.map((name) => `${name}(1)`).join(' + '), imports),
    ...Object.fromEntries(
      names.flatMap((name) => [
        [`node_modules/${name}/package.json`, `{ "name": "${name}", "type": "module", "main": "index.js" }`],
        [`node_modules/${name}/index.js`, file(name === 'e' ? last : (packagesBytesMax - mebibyte) / 4)],
      ]),
    ),
  });
  expect(findingsOf(sources(mebibyte))).toEqual([]);
  expect(findingsOf(sources(mebibyte + mebibyte / 2))).toEqual([
    'main.ts:2:62 E_CAPTURE uses e, but node_modules/e/index.js is a file of the package e that brings the packages of the nodes to 8.5 MiB; at most 8.0 MiB are read',
  ]);
});

test('code that changes one parameter in many ways, through many calls, is followed once', () => {
  const levels = 60;
  const calls = Array.from(
    { length: levels },
    (_, level) => `const f${level + 1} = (o) => { f${level}(o); f${level}(o); f${level}(o); };`,
  );
  const before = `const C = { k: 1 }; const f0 = (o) => { o.k = 1; o.k = 2; }; ${calls.join(' ')} f${levels}(C);`;
  const place = before.length - 'C);'.length + 1;
  expect(findingsOf(view('C.k', before))).toEqual([
    `main.ts:2:34 E_CAPTURE captures C, which is changed at main.ts:1:${place}`,
  ]);
});

test('values that many expressions give to each other are followed once', () => {
  const names = Array.from({ length: 60 }, (_, at) => `L${at}`);
  const lists = names.map((name, at) =>
    at === 0 ? 'const L0 = [C];' : `const ${name} = [L${at - 1}, L${at - 1}, L${at - 1}];`,
  );
  const before = `const C = { k: 1 }; ${lists.join(' ')} L59.length;`;
  expect(findingsOf(view('C.k', before))).toEqual([]);
});
