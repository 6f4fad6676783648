/** A Cypher statement. Its name appears in errors and in the check of query plans. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const made: Statement[] = [];

/** Creates a statement. All statements are created here, so that the plan of each is checked (`allStatements`). */
export function statement(name: string, text: string): Statement {
  const one = { name, text };
  made.push(one);
  return one;
}

/** All statements of the loaded modules. */
export function allStatements(): readonly Statement[] {
  return made;
}

/**
 * A map of named properties of a row, for CREATE. The properties are spelled out, because with `SET n = row` the server buffers
 * every row and indexes each node twice.
 */
export function formatProperties(row: string, names: readonly string[]): string {
  return `{${names.map((name) => `${name}: ${row}.${name}`).join(', ')}}`;
}
