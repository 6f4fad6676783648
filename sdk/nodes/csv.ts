import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CsvError, type Options, parse } from 'csv-parse/sync';
import { type Problem, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { excerpt } from '../../domain/base/problem-list.js';
import { firstNames } from '../../std/bounded-text.js';
import { fileReason, findErrno } from '../../std/node/errno.js';
import type { Duration } from './duration.js';
import { describeValue } from './foreign-value.js';
import { gridHint, type SourceBar, type SourceData } from './node.js';
import type { FieldType, OutputSchema } from './output-schema.js';

/**
 * History in a CSV file: a header line with a column `date` and one column per field of the source, in any order; other
 * columns are ignored. Values are separated by commas and may be in double quotes; a value that contains a comma, a double
 * quote (written twice) or a line break must be.
 *
 * `date` is the start of the bar in UTC, as `2020-01-31` or `2020-01-31T16:30:00Z`, in strictly ascending order.
 *
 * Reading throws `E_FILE` when the file does not exist, and `E_DATA` with the line of every invalid value.
 *
 * @example
 * ```ts
 * import { csv, days, source } from 'qmtl';
 *
 * const price = source('sp500', {
 *   type: 'PriceOhlcv',
 *   interval: days(1),
 *   output: { close: 'float64' },
 *   data: csv(new URL('./data/sp500-daily.csv', import.meta.url)),
 * });
 * ```
 */
export function csv(file: URL): SourceData {
  return csvAt(pathOf(file), {
    path: 'check the path: new URL("./data/prices.csv", import.meta.url) is relative to the module',
    file: 'pass csv() the URL of a file',
    smaller: 'split it, or give the source a `read` of its own',
  });
}

/** What its user can do about a file that cannot be read. */
export interface DataFileHints {
  /** It is not there. */
  readonly path: string;
  /** It is a folder. */
  readonly file: string;
  /** It is too large. */
  readonly smaller: string;
}

/** As `csv`, of an absolute path that came from elsewhere than a module. */
export function csvAt(path: string, hints: DataFileHints): SourceData {
  return {
    description: path,
    read: async (output, interval) => parseCsv(await readText(path, hints), path, { output, interval }),
  };
}

function pathOf(file: URL): string {
  try {
    return fileURLToPath(file);
  } catch (cause) {
    const hint = 'pass the URL of a file: new URL("./data/prices.csv", import.meta.url)';
    throw new QmtlError('E_USAGE', `csv() was given ${describeValue(file)}, not the URL of a file`, {
      hint,
      cause,
    });
  }
}

async function readText(path: string, hints: DataFileHints): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = fileReason(cause) ?? describe(cause);
    const hint = hintFor(findErrno(cause), hints);
    throw new QmtlError('E_FILE', `the data file ${path} cannot be read: ${reason}`, { hint, cause });
  }
}

function hintFor(errno: string | undefined, { path, file, smaller }: DataFileHints): string {
  if (errno === 'EISDIR') return file;
  if (errno === 'EACCES' || errno === 'EPERM') return 'let this user read the file';
  const isTooLarge = errno === 'ERR_FS_FILE_TOO_LARGE' || errno === 'ERR_STRING_TOO_LONG';
  return isTooLarge ? smaller : path;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

interface Line {
  /** Line number in the file, from 1. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** What the lines of a file are checked against. */
interface Expected {
  readonly output: OutputSchema;
  readonly interval: Duration;
}

/** `path` is for messages. */
export function parseCsv(text: string, path: string, expected: Expected): SourceBar[] {
  const [header, ...lines] = linesOf(text, path);
  const table = new Table(path, expected, header?.cells ?? []);
  const bars = lines.map((line) => table.bar(line));
  if (lines.length === 0) table.note(1, '', 'there are no bars', 'write a header line and one line per bar');
  table.throwProblems();
  return bars;
}

/** Records that are not empty, each with the number of its first line. */
function linesOf(text: string, path: string): Line[] {
  let next = 1;
  return recordsOf(text, path)
    .map((cells) => {
      const number = next;
      next += linesIn(cells);
      return { number, cells };
    })
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
}

/** Empty lines are records: letting the parser count lines would make it twice as slow. */
const dialect = {
  bom: true,
  trim: true,
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  // A quote inside a value that does not begin with one is a literal quote.
  relax_quotes: true,
} as const satisfies Options;

function recordsOf(text: string, path: string): string[][] {
  try {
    return parse(text, dialect);
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = cause.code === 'CSV_QUOTE_NOT_CLOSED' ? lineOfOpenQuote(text) : lineOf(cause);
    const [what, hint] = unparsable.get(cause.code) ?? ['is not readable as CSV', quoteHint];
    const message = `${path}:${line}: ${what}`;
    const problems = [{ code: 'E_DATA', path: `/lines/${line}`, message, hint } as const];
    throw new QmtlError('E_DATA', message, { hint, problems, cause });
  }
}

const quoteHint = 'write a double quote inside a value in double quotes twice';

/** What the parser refuses, by its code. */
const unparsable: ReadonlyMap<string, readonly [what: string, hint: string]> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', ['a double quote is not closed', quoteHint]],
  [
    'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE',
    ['text follows the closing double quote of a value', quoteHint],
  ],
  ['CSV_INVALID_CLOSING_QUOTE', ['text follows the closing double quote of a value', quoteHint]],
  ['CSV_MAX_RECORD_SIZE', ['the line is too long', 'write one bar per line']],
]);

/** The records before an unclosed quote are complete; the open one begins after them. */
function lineOfOpenQuote(text: string): number {
  const before: string[][] = [];
  const onRecord = (cells: string[]) => void before.push(cells);
  parse(text, { ...dialect, skip_records_with_error: true, on_record: onRecord });
  return before.reduce((sum, cells) => sum + linesIn(cells), 1);
}

/** The line at which the parser stopped. */
function lineOf(error: CsvError): number {
  return 'lines' in error && typeof error.lines === 'number' ? error.lines : 1;
}

/** The number of lines of a record: values in quotes may contain line breaks. */
function linesIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => (cell.includes('\n') ? sum + cell.split('\n').length - 1 : sum), 1);
}

/** Reads the bars of one file, and records every problem with its line. */
class Table {
  readonly #path: string;
  readonly #columns: number;
  readonly #dateAt: number;
  readonly #fields: readonly { readonly name: string; readonly type: FieldType; readonly at: number }[];
  readonly #interval: Duration;
  readonly #problems: Problem[] = [];
  #problemCount = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(path: string, { output, interval }: Expected, header: readonly string[]) {
    this.#path = path;
    this.#interval = interval;
    this.#columns = header.length;
    this.#dateAt = this.#columnOf(header, 'date');
    this.#fields = Object.entries(output).map(([name, type]) => ({
      name,
      type,
      at: this.#columnOf(header, name),
    }));
    // Without its columns every line would have the same problem.
    this.throwProblems();
  }

  bar({ number, cells }: Line): SourceBar {
    if (cells.length !== this.#columns) {
      const hint = 'give every line as many values as the header has names';
      this.note(number, '', `has ${cells.length} values, the header has ${this.#columns}`, hint);
    }
    const values = new Float64Array(this.#fields.length);
    for (const [index, { name, type, at }] of this.#fields.entries()) {
      values[index] = this.#value(number, name, type, cells[at] ?? '');
    }
    return { time: this.#time(number, cells[this.#dateAt] ?? ''), values };
  }

  note(line: number, column: string, what: string, hint: string): void {
    this.#problemCount += 1;
    if (this.#problems.length === limits.problemsMax) return;
    const path = column === '' ? `/lines/${line}` : `/lines/${line}/${column}`;
    this.#problems.push({ code: 'E_DATA', path, message: `${this.#path}:${line}: ${what}`, hint });
  }

  throwProblems(): void {
    const [first] = this.#problems;
    if (first === undefined) return;
    const others = this.#problemCount === 1 ? '' : `, and ${this.#problemCount - 1} more`;
    throw new QmtlError('E_DATA', `${first.message}${others}`, {
      hint: first.hint,
      problems: this.#problems,
    });
  }

  #columnOf(header: readonly string[], name: string): number {
    const at = header.indexOf(name);
    if (at === -1) this.note(1, name, `there is no column ${name}`, `the header ${shownHeader(header)}`);
    else if (header.lastIndexOf(name) !== at) {
      this.note(1, name, `there are two columns ${name}`, 'rename one of them');
    }
    return at;
  }

  #time(line: number, cell: string): number {
    const time = utcSeconds(cell);
    if (time === undefined) {
      const hint = 'write dates in UTC: 2020-01-31 or 2020-01-31T16:30:00Z';
      this.note(line, 'date', `date is ${excerpt(cell)}, not an ISO date`, hint);
      return Number.NaN;
    }
    if (time % this.#interval.seconds !== 0) {
      const what = `date ${cell} does not start an interval of ${this.#interval.seconds} s`;
      this.note(line, 'date', what, gridHint);
    }
    if (time <= this.#newest) {
      const fault = time === this.#newest ? 'occurs twice' : 'is before the date of the line above';
      this.note(line, 'date', `date ${cell} ${fault}`, 'sort the lines by date and keep one line per bar');
    }
    this.#newest = time;
    return time;
  }

  #value(line: number, name: string, type: FieldType, cell: string): number {
    const value = decimal.test(cell) ? Number(cell) : Number.NaN;
    const fits = Number.isFinite(value) && (type === 'float64' || value === (value | 0));
    if (!fits) {
      this.note(
        line,
        name,
        `${name} is ${excerpt(cell)}, not ${type}`,
        'write a decimal number, or leave the line out',
      );
    }
    return value;
  }
}

/** Names shown of a header. */
const shownNamesMax = 20;

function shownHeader(header: readonly string[]): string {
  if (header.every((name) => name === ''))
    return 'is empty: the first line names the columns, separated by commas';
  return `has ${firstNames(header.map(excerpt), shownNamesMax)}`;
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/;

/** Undefined for anything but a date of the calendar (not February 30). */
function utcSeconds(text: string): number | undefined {
  const milliseconds = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().startsWith(text.slice(0, 10))
    ? milliseconds / 1_000
    : undefined;
}
