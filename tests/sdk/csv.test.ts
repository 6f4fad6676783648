import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { csv, minutes } from '../../sdk/index.js';
import { parseCsv } from '../../sdk/nodes/csv.js';

const output = { open: 'float64', volume: 'int32' } as const;
const interval = minutes(1);
const expected = { output, interval };
const rows = (text: string): (number | number[])[][] =>
  parseCsv(text, 'p.csv', expected).map(({ time, values }) => [time, [...values]]);

test('fields are found by name, and other columns are ignored', () => {
  expect(rows('volume,date,other,open\n7,1970-01-02,x,1.5\n-8,1970-01-03,,2e-3\n')).toEqual([
    [86_400, [1.5, 7]],
    [172_800, [0.002, -8]],
  ]);
});

test('line endings, a byte order mark, blanks and empty lines do not change the values of a file', () => {
  expect(rows('\uFEFFdate, open ,volume\r\n\r\n1970-01-01T00:01:00Z , 1 , 2\r\n')).toEqual([[60, [1, 2]]]);
});

test('a value in quotes may hold commas, quotes and line breaks', () => {
  const text = 'note,"date",open,"volume"\n"a, ""b""\n\nc",1970-01-02,"1.5" , "7"\n5" pipe,1970-01-03,2,8\n';
  expect(rows(text)).toEqual([
    [86_400, [1.5, 7]],
    [172_800, [2, 8]],
  ]);
});

test('a file may contain both line endings', () => {
  expect(rows('date,open,volume\r\n1970-01-02,1,2\n"1970-01-03",3,4\r\n1970-01-04,5,"6"\r\n')).toHaveLength(
    3,
  );
});

test('a quote that is not closed is refused', () => {
  expect(errorOf(() => rows('date,open,volume\n1970-01-02,"1,2\n1970-01-03,3,4\n'))).toMatchObject({
    code: 'E_DATA',
    message: 'p.csv:2: a double quote is not closed',
    hint: expect.stringContaining('twice'),
  });
});

/** Texts with their error messages. */
const refused: Record<string, readonly [string, ...string[]]> = {
  'no lines': [
    '',
    'p.csv:1: there is no column date',
    'p.csv:1: there is no column open',
    'p.csv:1: there is no column volume',
  ],
  'no bars': ['date,open,volume\n', 'p.csv:1: there are no bars'],
  'a missing column': ['date,open\n', 'p.csv:1: there is no column volume'],
  'a column twice': ['date,open,open,volume\n', 'p.csv:1: there are two columns open'],
  'a date within a bar': [
    'date,open,volume\n2020-01-01T00:01Z,1,2\n2020-01-01T00:02:30Z,1,2\n2020-01-01T00:02:31Z,1,2\n',
    'p.csv:3: date 2020-01-01T00:02:30Z does not start an interval of 60 s',
    'p.csv:4: date 2020-01-01T00:02:31Z does not start an interval of 60 s',
  ],
  'a value that is not a number': [
    'date,open,volume\n2020-01-01,1,2\n\n2020-01-02,x,3',
    'p.csv:4: open is "x", not float64',
  ],
  'a fault below a value of several lines': [
    'date,open,volume,note\n2020-01-01,1,2,"a\nb"\n\n2020-01-02,x,3,',
    'p.csv:5: open is "x", not float64',
  ],
  'an empty value': ['date,open,volume\n2020-01-01,,2', 'p.csv:2: open is "", not float64'],
  'a number too large': ['date,open,volume\n2020-01-01,1e999,2', 'p.csv:2: open is "1e999", not float64'],
  'a hexadecimal number': ['date,open,volume\n2020-01-01,0x1,2', 'p.csv:2: open is "0x1", not float64'],
  'a fraction in a whole field': [
    'date,open,volume\n2020-01-01,1,2.5',
    'p.csv:2: volume is "2.5", not int32',
  ],
  'a date in another format': [
    'date,open,volume\n01/02/2020,1,2',
    'p.csv:2: date is "01/02/2020", not an ISO date',
  ],
  'a time without its zone': [
    'date,open,volume\n2020-01-01T10:00:00,1,2',
    'p.csv:2: date is "2020-01-01T10:00:00", not an ISO date',
  ],
  'a date that is not in the calendar': [
    'date,open,volume\n2020-02-30,1,2',
    'p.csv:2: date is "2020-02-30", not an ISO date',
  ],
  'dates out of order': [
    'date,open,volume\n2020-01-02,1,2\n2020-01-01,1,2',
    'p.csv:3: date 2020-01-01 is before the date of the line above',
  ],
  'a date twice': [
    'date,open,volume\n2020-01-02,1,2\n2020-01-02,1,2',
    'p.csv:3: date 2020-01-02 occurs twice',
  ],
  'a value too many': ['date,open,volume\n2020-01-01,1,2,3', 'p.csv:2: has 4 values, the header has 3'],
  'faults in several lines': [
    'date,open,volume\n2020-01-01,a,b\nx,1,2',
    'p.csv:2: open is "a", not float64',
    'p.csv:2: volume is "b", not int32',
    'p.csv:3: date is "x", not an ISO date',
  ],
};

test.each(Object.entries(refused))('a file is refused that has %s', (_name, [text, ...messages]) => {
  const error = errorOf(() => parseCsv(text, 'p.csv', expected));
  expect(error).toMatchObject({
    code: 'E_DATA',
    problems: messages.map((message) => ({ code: 'E_DATA', message })),
  });
  expect(error).toHaveProperty(
    'message',
    messages.length === 1 ? messages[0] : `${messages[0]}, and ${messages.length - 1} more`,
  );
});

test('a file with very many faults is refused with a bounded list of problems', () => {
  const lines = Array.from({ length: 1_000 }, () => '2020-01-01,x,y');
  expect(errorOf(() => parseCsv(['date,open,volume', ...lines].join('\n'), 'p.csv', expected))).toMatchObject(
    {
      message: 'p.csv:2: open is "x", not float64, and 2998 more',
      problems: { length: limits.problemsMax },
    },
  );
});

test('a file that does not exist is refused when it is read', async () => {
  const missing = csv(pathToFileURL('/nowhere/p.csv'));
  expect(missing.description).toBe('/nowhere/p.csv');
  await expect(missing.read(output, interval)).rejects.toMatchObject({
    code: 'E_FILE',
    message: 'the data file /nowhere/p.csv cannot be read: no such file',
  });
});

test('a folder as a data file is refused with the reason', async () => {
  await expect(csv(new URL('.', import.meta.url)).read(output, interval)).rejects.toMatchObject({
    code: 'E_FILE',
    message: expect.stringMatching(/cannot be read: it is a folder$/),
    hint: 'pass csv() the URL of a file',
  });
});

test('text after a closing quote is refused with its line, also in a column that is not read', () => {
  const text = 'date,open,volume,note\n2020-01-02,1,2,a\n2020-01-03,1,2,"x" y\n';
  expect(errorOf(() => parseCsv(text, 'p.csv', expected))).toMatchObject({
    code: 'E_DATA',
    message: 'p.csv:3: text follows the closing double quote of a value',
    hint: 'write a double quote inside a value in double quotes twice',
    problems: [{ path: '/lines/3' }],
  });
});

test('names and values of a file are shortened and escaped in messages', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `column-${index}`).join(',');
  expect(errorOf(() => parseCsv(`${names}\n1\n`, 'p.csv', expected))).toMatchObject({
    hint: expect.stringMatching(/^the header has "column-0", .* and 980 more$/),
  });
  const value = `\u001b[2J${'x'.repeat(10_000)}`;
  expect(
    errorOf(() => parseCsv(`date,open,volume\n2020-01-02,${value},1\n`, 'p.csv', expected)),
  ).toMatchObject({
    message: expect.stringMatching(/^p\.csv:2: open is "\\u001b\[2Jx+"…, not float64$/),
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
