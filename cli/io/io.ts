import Table from 'cli-table3';

/** Formats of results. */
export const outputFormats = ['table', 'json'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A command's access to the process; nothing else in cli/ uses it. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Results: standard output. */
  out(this: void, text: string): void;
  /** Remarks: standard error, so that results can be piped. */
  note(this: void, text: string): void;
  /** Replaces the progress line; `''` ends it. Silent when standard error is not a terminal. */
  progress(this: void, text: string): void;
  stdin(): Promise<string>;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Runs when the process exits, even after a second Ctrl-C, unless the returned function was called. */
  atExit(cleanUp: () => void): () => void;
}

/** Options every command has. */
export interface GlobalOptions {
  readonly output: OutputFormat;
  readonly config?: string;
}

/** Writes one result: the value as JSON, or the table. */
export function printResult(io: CliIo, format: OutputFormat, value: unknown, table: () => string): void {
  io.out(format === 'json' ? JSON.stringify(value, jsonValue, 2) : table());
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** A plain table without colours, the same in a pipe and on a screen. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(row.map((cell) => printable(String(cell))));
  return table.toString();
}

/** Two columns, name and value. */
export function textFields(fields: Readonly<Record<string, string | number>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`)
    .join('\n');
}

/** Text of others for a terminal: a control character, or one that changes the direction, is shown as its code. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n' || character === '\t') return character;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** `1 problem`, `2 problems`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
