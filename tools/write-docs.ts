import { writeFileSync } from 'node:fs';
import { generatedDocs } from './generated-docs.js';

/** `npm run docs`: writes everything that is made from the code; `npm run check:docs` fails when something is out of date. */
for (const [path, text] of generatedDocs()) writeFileSync(path, text);
