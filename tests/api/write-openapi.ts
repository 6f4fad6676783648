import { writeFileSync } from 'node:fs';
import { openApiText } from '../../api/openapi.js';
import { apiRoutes } from '../../api/routes/table.js';
import { version } from '../../cli/version.js';

/** `npm run openapi`: writes the description of the API that openapi.test.ts compares. */
writeFileSync('docs/openapi.json', openApiText(apiRoutes, version));
