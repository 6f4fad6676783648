import { readFileSync } from 'node:fs';
import { submit } from '../../sdk/submission/submit.js';
import { isPlainObject } from '../../std/json.js';
import { connectClient } from '../../temporal/connection.js';

/**
 * An author's process: submits all documents of the JSON array in the file QMTL_TEST_DOCUMENTS at the same time and prints one
 * line of JSON per receipt, in the order of the documents, then `done`.
 */
const documents: unknown = JSON.parse(readFileSync(process.env.QMTL_TEST_DOCUMENTS ?? '', 'utf8'));
const address = process.env.TEMPORAL_ADDRESS ?? '';
if (!Array.isArray(documents) || !documents.every(isPlainObject)) throw new TypeError('no documents');
const client = await connectClient({ address, namespace: 'default' });
const outcomes = await Promise.all(
  documents.map(async (document) => {
    const handle = await submit(client, document);
    return handle.receipt().catch((error: unknown) => {
      throw new Error(`${handle.workflowId}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }),
);
for (const { receipt, joined } of outcomes) console.log(`receipt ${JSON.stringify({ receipt, joined })}`);
await client.connection.close();
console.log('done');
