import { writeFileSync } from 'node:fs';
import { generatedDocs } from './generated-docs.js';

/** `npm run docs`: writes all generated documents; `npm run check:docs` fails when one is out of date. */
for (const [path, text] of generatedDocs()) writeFileSync(path, text);
