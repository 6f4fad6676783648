import { expect, test } from 'vitest';
import { view } from '../code/code-fixture.js';
import { always, type Cases, closes, execute } from './execution.js';

/** Ways to the clock, to randomness, to local time and to the locale that the source does not show. */
const refused: Cases = {
  'new Date by another name': [
    view('new D().getTime()', 'const D = Date;'),
    'main.ts:2:34 TypeError: new Date() reads the clock: pass milliseconds, as in new Date(view.time * 1000)',
  ],
  'Date by another name as a function': [
    view('D().length', 'const D = Date;'),
    'main.ts:2:34 TypeError: Date() without new reads the clock: it is not available to compute',
  ],
  'Date by Reflect.construct': [
    view('Reflect.construct(Date, []).getTime()'),
    'main.ts:2:34 TypeError: new Date() reads the clock: pass milliseconds, as in new Date(view.time * 1000)',
  ],
  'Date by the constructor of a date': [
    view('new (new Date(0).constructor)().getTime()'),
    'main.ts:2:34 TypeError: new Date() reads the clock: pass milliseconds, as in new Date(view.time * 1000)',
  ],
  'a date of fields': [
    view('new Date(2020, 1, 29, 10, 30, 15, 500).getTime()'),
    'main.ts:2:34 TypeError: new Date(y, m, d) is in the local time of the machine: write new Date(Date.UTC(y, m, d))',
  ],
  'a date of two fields': [
    view('new Date(2020, 0).getTime()'),
    'main.ts:2:34 TypeError: new Date(y, m, d) is in the local time of the machine: write new Date(Date.UTC(y, m, d))',
  ],
  'a date of fields by Reflect.construct': [
    view('Reflect.construct(Date, [2020, 0]).getTime()'),
    'main.ts:2:34 TypeError: new Date(y, m, d) is in the local time of the machine: write new Date(Date.UTC(y, m, d))',
  ],
  'a date of fields by a subclass': [
    view('new Day(2020, 0).getTime()', 'class Day extends Date {}'),
    'main.ts:1:1 TypeError: new Date(y, m, d) is in the local time of the machine: write new Date(Date.UTC(y, m, d))',
  ],
  'Date.now by a computed name': [
    view("Date['n' + 'ow']()"),
    'main.ts:2:34 TypeError: Date.now() reads the clock: compute has view.time, in seconds',
  ],
  'Date.now of a destructured Date': [
    view('{ const { now } = Date; return now(); }'),
    'main.ts:2:65 TypeError: Date.now() reads the clock: compute has view.time, in seconds',
  ],
  'a subclass of Date': [
    view('new Day().getTime()', 'class Day extends Date {}'),
    'main.ts:1:1 TypeError: new Date() reads the clock: pass milliseconds, as in new Date(view.time * 1000)',
  ],
  'Math.random by a computed name': [
    view("Math['ran' + 'dom']()"),
    'main.ts:2:34 TypeError: Math.random is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'Math.random of a destructured Math': [
    view('{ const { random } = Math; return random(); }'),
    'main.ts:2:68 TypeError: Math.random is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'Math.random by Reflect.get': [
    view("Reflect.get(Math, 'random')()"),
    'main.ts:2:34 TypeError: Math.random is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'Math.random by its entries': [
    view('Object.getOwnPropertyDescriptors(Math).random.value()'),
    'main.ts:2:34 TypeError: Math.random is not available to compute: compute reads its view, constants and functions of the project',
  ],
  'a date of a text without an offset': [
    view("new Date('2020-01-01 10:00').getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01 10:00' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a local date and time': [
    view("new Date('2020-01-01T10:00').getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01T10:00' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a local date and time with seconds': [
    view("new Date('2020-01-01T10:00:00.5').getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01T10:00:00.5' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date in English': [
    view("new Date('Jan 1, 2020').getTime()"),
    "main.ts:2:34 TypeError: the date 'Jan 1, 2020' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date with slashes': [
    view("new Date('2020/01/01').getTime()"),
    "main.ts:2:34 TypeError: the date '2020/01/01' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date of RFC 2822': [
    view("new Date('Wed, 01 Jan 2020 00:00:00 GMT').getTime()"),
    "main.ts:2:34 TypeError: the date 'Wed, 01 Jan 2020 00:00:00 GMT' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date without zeros': [
    view("new Date('2020-1-1').getTime()"),
    "main.ts:2:34 TypeError: the date '2020-1-1' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'Date.parse of a local text': [
    view("Date.parse('2020-01-01T10:00')"),
    "main.ts:2:34 TypeError: the date '2020-01-01T10:00' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date of an object with a text': [
    view("new Date({ toString: () => '2020-01-01 10:00' }).getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01 10:00' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a date of a String object': [
    view("new Date(new String('2020-01-01 10:00')).getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01 10:00' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'the empty date text': [
    view("new Date('').getTime()"),
    "main.ts:2:34 TypeError: the date '' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'a lower-case offset': [
    view("new Date('2020-01-01t10:00z').getTime()"),
    "main.ts:2:34 TypeError: the date '2020-01-01t10:00z' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z",
  ],
  'the hour of a date': [
    view('new Date(0).getHours()'),
    'main.ts:2:34 TypeError: Date.getHours reads the local time of the machine: use getUTCHours',
  ],
  'the year of a date': [
    view('new Date(0).getFullYear()'),
    'main.ts:2:34 TypeError: Date.getFullYear reads the local time of the machine: use getUTCFullYear',
  ],
  'the old year of a date': [
    view('new Date(0).getYear()'),
    'main.ts:2:34 TypeError: Date.getYear reads the local time of the machine: use getUTCFullYear',
  ],
  'the offset of the time zone': [
    view('new Date(0).getTimezoneOffset()'),
    'main.ts:2:34 TypeError: Date.getTimezoneOffset reads the local time of the machine: use getUTCFullYear',
  ],
  'a local setter': [
    view('new Date(0).setHours(1)'),
    'main.ts:2:34 TypeError: Date.setHours reads the local time of the machine: use setUTCHours',
  ],
  'a local setter of the year': [
    view('new Date(0).setYear(99)'),
    'main.ts:2:34 TypeError: Date.setYear reads the local time of the machine: use setUTCFullYear',
  ],
  'the text of a date': [
    view('String(new Date(0)).length'),
    'main.ts:2:34 TypeError: Date.toString reads the local time of the machine: use toISOString',
  ],
  'the text of a date in a template': [
    view(`\`\${new Date(0)}\`.length`),
    'main.ts:2:37 TypeError: Date.toString reads the local time of the machine: use toISOString',
  ],
  'a date that is added to a text': [
    view("(new Date(0) + '').length"),
    'main.ts:2:35 TypeError: Date.toString reads the local time of the machine: use toISOString',
  ],
  'a date as a key': [
    view('Object.keys({ [new Date(0)]: 1 }).length'),
    'main.ts:2:49 TypeError: Date.toString reads the local time of the machine: use toISOString',
  ],
  'toString of a date by its prototype': [
    view('Date.prototype.toString.call(new Date(0)).length'),
    'main.ts:2:34 TypeError: Date.toString reads the local time of the machine: use toISOString',
  ],
  toDateString: [
    view('new Date(0).toDateString().length'),
    'main.ts:2:34 TypeError: Date.toDateString reads the local time of the machine: use toISOString',
  ],
  toTimeString: [
    view('new Date(0).toTimeString().length'),
    'main.ts:2:34 TypeError: Date.toTimeString reads the local time of the machine: use toISOString',
  ],
  toLocaleDateString: [
    view("new Date(0).toLocaleDateString('en-US', { timeZone: 'UTC' }).length"),
    'main.ts:2:34 TypeError: Date.toLocaleDateString reads the local time of the machine: use toISOString',
  ],
  toLocaleTimeString: [
    view('new Date(0).toLocaleTimeString().length'),
    'main.ts:2:34 TypeError: Date.toLocaleTimeString reads the local time of the machine: use toISOString',
  ],
  'toLocaleString of a date': [
    view('new Date(0).toLocaleString().length'),
    'main.ts:2:34 TypeError: Date.toLocaleString reads the local time of the machine: use toISOString',
  ],
  'toLocaleString of a number': [
    view('(1234.5).toLocaleString().length'),
    'main.ts:2:34 TypeError: Number.toLocaleString is not available to compute: the result depends on the locale of the machine',
  ],
  'toLocaleString of a bigint': [
    view('(1234n).toLocaleString().length'),
    'main.ts:2:34 TypeError: BigInt.toLocaleString is not available to compute: the result depends on the locale of the machine',
  ],
  'toLocaleString of an array': [
    view('[1234.5].toLocaleString().length'),
    'main.ts:2:34 TypeError: Array.toLocaleString is not available to compute: the result depends on the locale of the machine',
  ],
  'toLocaleString of a typed array': [
    view('Float64Array.of(1234.5).toLocaleString().length'),
    'main.ts:2:34 TypeError: TypedArray.toLocaleString is not available to compute: the result depends on the locale of the machine',
  ],
  localeCompare: [
    view("'a'.localeCompare('b')"),
    'main.ts:2:34 TypeError: String.localeCompare is not available to compute: the result depends on the locale of the machine',
  ],
  'localeCompare by its prototype': [
    view("String.prototype.localeCompare.call('a', 'b')"),
    'main.ts:2:34 TypeError: String.localeCompare is not available to compute: the result depends on the locale of the machine',
  ],
  toLocaleUpperCase: [
    view("'i'.toLocaleUpperCase().length"),
    'main.ts:2:34 TypeError: String.toLocaleUpperCase is not available to compute: the result depends on the locale of the machine',
  ],
  toLocaleLowerCase: [
    view("'I'.toLocaleLowerCase().length"),
    'main.ts:2:34 TypeError: String.toLocaleLowerCase is not available to compute: the result depends on the locale of the machine',
  ],
};

test.each(Object.entries(refused))('compute fails when it uses %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});

/** The same without the machine. */
const works: Cases = {
  'a date of milliseconds': [view('new Date(view.time * 1000).getUTCDate()'), closes()],
  'a date of another date': [view('new Date(new Date(86_400_000)).getTime()'), always(86400000)],
  'a date of fields in UTC': [
    view('new Date(Date.UTC(2020, 1, 29, 10, 30, 15, 500)).getTime()'),
    always(1582972215500),
  ],
  'a two-digit year': [view('new Date(Date.UTC(99, 0)).getUTCFullYear()'), always(1999)],
  'a date text': [view("new Date('2020-02-29').getTime()"), always(1582934400000)],
  'a year and month': [view("new Date('2020-02').getTime()"), always(1580515200000)],
  'a year': [view("new Date('2020').getTime()"), always(1577836800000)],
  'a long year': [view("new Date('+012020-01-01').getTime()"), always(317147356800000)],
  'a date and time in UTC': [view("new Date('2020-01-31T14:30:00Z').getTime()"), always(1580481000000)],
  'a date and time with an offset': [
    view("new Date('2020-01-31T14:30:00.125+09:00').getTime()"),
    always(1580448600125),
  ],
  'Date.parse with an offset': [view("Date.parse('2020-01-31T14:30-05:00')"), always(1580499000000)],
  'Date.UTC': [view('Date.UTC(2020, 0, 31)'), always(1580428800000)],
  'an invalid time': [view('new Date(NaN).getTime()'), always(Number.NaN)],
  'a day that does not exist': [view("new Date('2020-13-01').getTime()"), always(Number.NaN)],
  'null as a time': [view('new Date(null).getTime()'), always(0)],
  'an object with a number as a time': [view('new Date({ valueOf: () => 5 }).getTime()'), always(5)],
  'the ISO text of a date': [
    view('new Date(0).toISOString() === "1970-01-01T00:00:00.000Z" ? 1 : 0'),
    always(1),
  ],
  'the UTC text of a date': [
    view('new Date(0).toUTCString() === "Thu, 01 Jan 1970 00:00:00 GMT" ? 1 : 0'),
    always(1),
  ],
  'the JSON of a date': [
    view('JSON.stringify({ d: new Date(0) }) === \'{"d":"1970-01-01T00:00:00.000Z"}\' ? 1 : 0'),
    always(1),
  ],
  'UTC setters of a date of its own': [
    view('{ const d = new Date(0); d.setUTCFullYear(2020, 1, 29); d.setUTCHours(5); return d.getTime(); }'),
    always(1582952400000),
  ],
  'setTime of a date of its own': [
    view('{ const d = new Date(0); d.setTime(7); return d.getTime(); }'),
    always(7),
  ],
  'arithmetic of dates': [view('new Date(5) - new Date(3)'), always(2)],
  'comparison of dates': [view('new Date(5) > new Date(3) ? 1 : 0'), always(1)],
  'instanceof Date': [view('new Date(0) instanceof Date ? 1 : 0'), always(1)],
  'a subclass of Date with a time': [
    view(
      'new Day(86_400_000).day()',
      'class Day extends Date { day() { return this.getTime() / 86_400_000; } }',
    ),
    always(1),
  ],
  'the clone of a date': [view('structuredClone(new Date(5)).getTime()'), always(5)],
  'Math of several numbers': [view('Math.max(1, 2) + Math.hypot(3, 4) + Math.trunc(Math.sin(0))'), always(7)],
  'an order of texts by code unit': [view("['b', 'a'].sort()[0] === 'a' ? 1 : 0"), always(1)],
  'an order of texts by a comparison': [
    view("['b', 'a'].sort((x, y) => (x < y ? -1 : 1))[0] === 'a' ? 1 : 0"),
    always(1),
  ],
  'letter case without a locale': [view("'iß'.toUpperCase() === 'ISS' ? 1 : 0"), always(1)],
  'normal forms of text': [view("'e\\u0301'.normalize().length"), always(1)],
  'a number as a text': [
    view("(1234.5).toFixed(2) === '1234.50' && String(0.1) === '0.1' ? 1 : 0"),
    always(1),
  ],
};

test.each(Object.entries(works))('compute may use %s', async (_name, [sources, expected]) => {
  expect(await execute(sources)).toEqual(expected);
});
