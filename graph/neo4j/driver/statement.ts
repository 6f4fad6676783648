/** One Cypher statement. Its name is in errors and in the check of query plans. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const made: Statement[] = [];

/** Every statement there is goes through here, so that none can do without a checked plan (`allStatements`). */
export function statement(name: string, text: string): Statement {
  const one = { name, text };
  made.push(one);
  return one;
}

/** All statements of the modules that are loaded. */
export function allStatements(): readonly Statement[] {
  return made;
}

/**
 * A map of named properties of a row, for CREATE. Written out, because after `SET n = row` the server holds every row back
 * and puts each node into its indexes twice.
 */
export function propertiesOf(row: string, names: readonly string[]): string {
  return `{${names.map((name) => `${name}: ${row}.${name}`).join(', ')}}`;
}
