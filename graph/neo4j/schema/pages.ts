import { type CypherInput, maybe, readText } from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';

/** Rows per transaction: bounds the locks it holds and the server's memory. */
export const migrationRowsMax = 1_000;

/** Runs a statement that reads a page in the order of a key, and returns the last one as `last`, until none is left. `rows_max` may be given. */
export async function inPages(
  maintenance: Maintenance,
  name: string,
  text: string,
  parameters: Readonly<Record<string, CypherInput>> = {},
): Promise<void> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const [row = {}] = await maintenance.run(name, text, {
      rows_max: migrationRowsMax,
      ...parameters,
      after,
    });
    after = maybe(row, 'last', readText);
  }
}
