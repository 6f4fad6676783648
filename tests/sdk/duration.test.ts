import { expect, test } from 'vitest';
import { bars, days, hours, minutes, seconds } from '../../sdk/index.js';

test('a duration is stored in whole seconds', () => {
  expect([seconds(15), minutes(5), hours(4), days(1), minutes(0.5)].map((one) => one.seconds)).toEqual([
    15, 300, 14_400, 86_400, 30,
  ]);
  expect(bars(200).bars).toBe(200);
  expect(Object.isFrozen(days(1)) && Object.isFrozen(bars(1))).toBe(true);
});

test.each([
  [() => seconds(0), 'seconds(0) is not a whole number of seconds from 1 to 315360000'],
  [() => seconds(-1), 'seconds(-1) is not a whole number of seconds from 1 to 315360000'],
  [() => seconds(0.5), 'seconds(0.5) is not a whole number of seconds from 1 to 315360000'],
  [() => minutes(0.01), 'minutes(0.01) is not a whole number of seconds from 1 to 315360000'],
  [() => days(3_651), 'days(3651) is not a whole number of seconds from 1 to 315360000'],
  [() => hours(Number.NaN), 'hours(NaN) is not a whole number of seconds from 1 to 315360000'],
  [() => bars(0), 'bars(0) is not a whole number from 1 to 1000000'],
  [() => bars(2.5), 'bars(2.5) is not a whole number from 1 to 1000000'],
  [
    () => Reflect.apply(days, undefined, ['1']),
    "days('1') is not a whole number of seconds from 1 to 315360000",
  ],
  [() => Reflect.apply(bars, undefined, ['5']), "bars('5') is not a whole number from 1 to 1000000"],
  [() => Reflect.apply(bars, undefined, [5n]), 'bars(5n) is not a whole number from 1 to 1000000'],
  [() => bars(1_000_001), 'bars(1000001) is not a whole number from 1 to 1000000'],
])('an invalid duration or number of bars is refused (%#)', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'E_USAGE', message, hint: expect.any(String) }));
});

test('ten years and a million bars are accepted', () => {
  expect(days(3_650).seconds).toBe(315_360_000);
  expect(bars(1_000_000).bars).toBe(1_000_000);
});
