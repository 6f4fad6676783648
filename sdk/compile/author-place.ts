type Locate = (error: unknown) => string | undefined;

let locate: Locate = () => undefined;

/** Loading a strategy sets this, so that a process without author code does not load what reads code. */
export function locateAuthorsWith(found: Locate): void {
  locate = found;
}

/** `file:line:column` in a loaded strategy's files where an error was thrown. Undefined when it was thrown elsewhere. */
export function authorPlace(error: unknown): string | undefined {
  return locate(error);
}
