import { readFileSync } from 'node:fs';
import { generatedDocs } from './generated-docs.js';

/** `npm run check:docs`: the committed documents equal the output of `npm run docs`. */
const docs = [...generatedDocs()];
const stale = docs.filter(([path, text]) => readFileSync(path, 'utf8') !== text).map(([path]) => path);
for (const path of stale) console.error(`${path} is out of date: run \`npm run docs\``);
console.log(`${docs.length - stale.length} of ${docs.length} generated documents are up to date`);
process.exitCode = stale.length > 0 || docs.length === 0 ? 1 : 0;
