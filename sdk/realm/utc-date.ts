import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';

/**
 * A `Date` without the clock and without local time: it is made of milliseconds, as of `Date.UTC`, of another date, or of a
 * text that names its offset. It replaces the constructor of all dates of the realm.
 */
export function tameDate(): object {
  const native = Date;
  const tamed = function (this: unknown, ...fields: readonly unknown[]): unknown {
    if (new.target === undefined)
      throw new TypeError('Date() without new reads the clock: it is not available to compute');
    const made: unknown = Reflect.construct(native, [timeOf(native, fields)], new.target);
    return made;
  };
  Object.defineProperty(tamed, 'name', { value: 'Date' });
  Object.defineProperty(tamed, 'length', { value: 7 });
  Object.defineProperty(tamed, 'prototype', { value: native.prototype, writable: false });
  const members = {
    UTC: native.UTC,
    parse: (text: unknown) => parsed(native, String(text)),
    now: refusedNow,
  };
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(tamed, name, { value, writable: true, configurable: true });
  }
  const local = Object.fromEntries(localMembers.map((name) => [name, refusedLocal(name)]));
  for (const [name, value] of Object.entries({ ...local, constructor: tamed })) {
    Object.defineProperty(native.prototype, name, { value, writable: true, configurable: true });
  }
  return tamed;
}

function timeOf(native: DateConstructor, fields: readonly unknown[]): number {
  const [first] = fields;
  if (fields.length === 0)
    throw new TypeError('new Date() reads the clock: pass milliseconds, as in new Date(view.time * 1000)');
  if (fields.length > 1)
    throw new TypeError(
      'new Date(y, m, d) is in the local time of the machine: write new Date(Date.UTC(y, m, d))',
    );
  if (types.isDate(first)) return timeOfDate(first);
  const primitive = toPrimitive(first);
  return typeof primitive === 'string' ? parsed(native, primitive) : toNumber(primitive);
}

/** As the language does, without preferring a text or a number. */
function toPrimitive(value: unknown): unknown {
  if (!isObject(value)) return value;
  const exotic: unknown = Reflect.get(value, Symbol.toPrimitive);
  const names = typeof exotic === 'function' ? [Symbol.toPrimitive] : ['valueOf', 'toString'];
  for (const name of names) {
    const convert: unknown = Reflect.get(value, name);
    const primitive: unknown =
      typeof convert === 'function' ? Reflect.apply(convert, value, ['default']) : value;
    if (!isObject(primitive)) return primitive;
  }
  throw new TypeError('cannot convert an object to a time');
}

function toNumber(value: unknown): number {
  if (typeof value !== 'bigint') return Number(value);
  throw new TypeError('cannot convert a BigInt to a time');
}

/** Without an offset, a text with a time is local, and other forms than ISO 8601 differ between engines. */
function parsed(native: DateConstructor, text: string): number {
  if (!isoWithOffset.test(text.trim())) {
    throw new TypeError(
      `the date '${text.slice(0, 40)}' names no offset: write it as 2020-01-31 or 2020-01-31T14:30:00Z`,
    );
  }
  return native.parse(text.trim());
}

const isoWithOffset =
  /^(?:\d{4}|\+\d{6}|-(?!000000)\d{6})(?:-\d\d(?:-\d\d)?)?(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Kept, because a class of dates may have another. */
const getTime: unknown = Reflect.get(Date.prototype, 'getTime');

function timeOfDate(date: Date): number {
  return typeof getTime === 'function' ? Number(Reflect.apply(getTime, date, [])) : Number.NaN;
}

const refusedNow = () => {
  throw new TypeError('Date.now() reads the clock: compute has view.time, in seconds');
};

const localMembers = [
  ...[
    'getFullYear',
    'getMonth',
    'getDate',
    'getDay',
    'getHours',
    'getMinutes',
    'getSeconds',
    'getMilliseconds',
    'getYear',
  ],
  ...[
    'setFullYear',
    'setMonth',
    'setDate',
    'setHours',
    'setMinutes',
    'setSeconds',
    'setMilliseconds',
    'setYear',
  ],
  ...['getTimezoneOffset', 'toString', 'toDateString', 'toTimeString'],
  ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'],
];

function refusedLocal(name: string): () => never {
  const utc =
    /^[gs]et/.test(name) && name !== 'getTimezoneOffset' && !name.endsWith('Year')
      ? `${name.slice(0, 3)}UTC${name.slice(3)}`
      : undefined;
  const instead =
    utc ??
    (name.startsWith('get') || name.startsWith('set') ? `${name.slice(0, 3)}UTCFullYear` : 'toISOString');
  return () => {
    throw new TypeError(`Date.${name} reads the local time of the machine: use ${instead}`);
  };
}
