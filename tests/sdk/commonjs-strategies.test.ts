import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { writeFiles } from './code/code-fixture.js';

const sdk = resolve(import.meta.dirname, '../../sdk/index.ts');
const url = pathToFileURL(sdk).href;

/** A strategy whose compute function reads a table of another file. */
const rest = `const price = source('p', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const made = node('made', { inputs: { price }, compute: (view) => TABLE[0] * view.price.close.at(-1) });
`;
const table = 'TABLE = [1, 2].map((one) => one * 2);';

/** Loads without vitest, as the command line does, and returns the ids of the outputs. */
function idsOf(main: string, files: Readonly<Record<string, string>>): unknown {
  const show = `import { loadStrategy } from '${url}';
process.stdout.write(JSON.stringify((await loadStrategy(process.argv[2])).compile().outputs));`;
  const folder = writeFiles({ ...files, 'show.mts': show });
  const args = ['--import', import.meta.resolve('tsx'), join(folder, 'show.mts'), join(folder, main)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder }));
}

test.each(['cjs', 'cts'])('a strategy in CommonJS, .%s, has the id of one in an ES module', (extension) => {
  const ids = idsOf('main.mts', {
    'main.mts': `import { days, node, source, strategy } from '${url}';
import { TABLE } from './table.mjs';
${rest}export default strategy('s', { outputs: { made } });`,
    'table.mts': `export const ${table}`,
  });
  const inCommonJs = idsOf(`main.${extension}`, {
    [`main.${extension}`]: `const { days, node, source, strategy } = require('${sdk}');
const ${table}
${rest}module.exports = strategy('s', { outputs: { made } });`,
  });
  expect(inCommonJs).toEqual(ids);
});
