import { expect, test } from 'vitest';
import { findingsOf, type Sources, view } from './code-fixture.js';

/** A package whose `root` depends on what `configure` was called with. */
const files = {
  'node_modules/maths/package.json': '{ "name": "maths", "type": "module", "exports": "./index.js" }',
  'node_modules/maths/index.js': [
    'let places = 2;',
    'export const configure = (given) => { places = given; return given; };',
    'export const root = (x) => Math.round(Math.sqrt(x) * 10 ** places) / 10 ** places;',
    'export const pure = (x) => x;',
  ].join('\n'),
  'node_modules/other/package.json': '{ "name": "other", "type": "module", "exports": "./index.js" }',
  'node_modules/other/index.js': 'export const start = () => 1;',
};
const imports = "import * as maths from 'maths'; import { configure, root, pure } from 'maths';";
const project = (before: string, used = 'root(1)'): Sources => ({
  'main.ts': view(used, `${imports} ${before}`),
  ...files,
});
const refused = (at: string, used = 'main.ts:2:34') => [
  `${used} E_CAPTURE uses the package maths, which may be changed at ${at}`,
];

test.each<[string, Sources, string[]]>([
  ['a call whose result nobody uses', project('configure(7);'), refused('main.ts:1:80')],
  ['a method of the whole package', project('maths.configure(7);'), refused('main.ts:1:80')],
  ['a call that is awaited', project('await configure(7);'), refused('main.ts:1:80')],
  ['an optional call', project('maths.configure?.(7);'), refused('main.ts:1:80')],
  ['a call of what a call returns', project('maths.configure(7).toString();'), refused('main.ts:1:80')],
  ['another name', project('const { configure: set } = maths; set(7);'), refused('main.ts:1:114')],
  [
    'a name of the package',
    project('const m = maths; const n = m; n.configure(7);'),
    refused('main.ts:1:110'),
  ],
  ['Reflect.apply', project('const five = Reflect.apply(configure, null, [7]);'), refused('main.ts:1:107')],
  ['a callback', project('const all = [7].map(maths.configure);'), refused('main.ts:1:100')],
  [
    'an import of another name',
    project("import { configure as c } from 'maths'; const n = c(7);"),
    refused('main.ts:1:130'),
  ],
  [
    'a package that is required',
    {
      'main.ts': view('maths.root(1)', "import maths from 'maths'; import './setup.cjs';"),
      'setup.cjs': "const { configure } = require('maths');\n[7].forEach(configure);",
      ...files,
      'node_modules/maths/index.js':
        'let n = 2; exports.configure = (m) => { n = m; }; exports.root = (x) => x * n;',
      'node_modules/maths/package.json': '{ "name": "maths" }',
    },
    refused('setup.cjs:2:13'),
  ],
  [
    'a call in a function',
    project('const setup = () => { configure(7); }; setup();'),
    refused('main.ts:1:102'),
  ],
  [
    'a call in another file',
    {
      'main.ts': view('root(1)', `${imports} import './setup.js';`),
      'setup.ts': "import { configure } from 'maths';\nconfigure(7);",
      ...files,
    },
    refused('setup.ts:2:1'),
  ],
])('a package that compute uses is not configured by %s', (_what, sources, expected) => {
  expect(findingsOf(sources)).toEqual(expected);
});

test.each<[string, Sources]>([
  ['calls of another package', project("import { start } from 'other'; start();")],
  ['calls whose results are used', project('const nine = root(81);', 'root(1) + nine')],
  ['calls of compute itself', project('', '{ pure(1); return root(1); }')],
  [
    'calls of what a function of the package returned',
    project('const r = root(81); r.toString(); [r].forEach(() => {});'),
  ],
  ['calls of the language', project('console.log(1); [1].forEach(() => {});')],
  ['no use of the package', project('configure(7);', '1')],
])('%s do not count as configuration', (_what, sources) => {
  expect(findingsOf(sources)).toEqual([]);
});
