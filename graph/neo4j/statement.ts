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
