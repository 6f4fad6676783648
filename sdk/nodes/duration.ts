import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { describeValue, memberOf } from './foreign-value.js';

const durationBrand: unique symbol = Symbol.for('qmtl.duration/1');
const barsBrand: unique symbol = Symbol.for('qmtl.bars/1');

/**
 * A whole, positive number of seconds. Created by `seconds`, `minutes`, `hours` and `days`; a bare number is not a duration.
 *
 * @example
 * ```ts
 * import { type Duration, hours } from 'qmtl';
 *
 * const interval: Duration = hours(4);
 * console.log(interval.seconds);
 * ```
 */
export interface Duration {
  readonly [durationBrand]: true;
  /** Whole seconds, 1 … ten years. */
  readonly seconds: number;
}

/**
 * A whole, positive number of bars. Created by `bars`; a bare number is not accepted.
 *
 * @example
 * ```ts
 * import { type Bars, bars } from 'qmtl';
 *
 * const period: Bars = bars(200);
 * console.log(period.bars);
 * ```
 */
export interface Bars {
  readonly [barsBrand]: true;
  /** Whole bars, 1 … 1,000,000. */
  readonly bars: number;
}

/** Whether a value is a duration of this or another copy of this library. */
export function isDuration(value: unknown): value is Duration {
  return (
    memberOf(value, durationBrand) === true && isWhole(memberOf(value, 'seconds'), limits.intervalSecondsMax)
  );
}

/** Whether a value is a number of bars of this or another copy of this library. */
export function isBars(value: unknown): value is Bars {
  return memberOf(value, barsBrand) === true && isWhole(memberOf(value, 'bars'), limits.periodBarsMax);
}

/**
 * A duration of `count` seconds.
 *
 * Throws `E_USAGE` when `count` is not a whole, positive number of seconds of at most ten years.
 *
 * @example
 * ```ts
 * import { seconds } from 'qmtl';
 *
 * const interval = seconds(15);
 * ```
 */
export function seconds(count: number): Duration {
  return durationOf(count, 1, 'seconds');
}

/**
 * A duration of `count` minutes of 60 seconds. `count` may be a fraction as long as the result is whole seconds.
 *
 * @example
 * ```ts
 * import { minutes } from 'qmtl';
 *
 * const interval = minutes(5);
 * ```
 */
export function minutes(count: number): Duration {
  return durationOf(count, 60, 'minutes');
}

/**
 * A duration of `count` hours of 3,600 seconds. `count` may be a fraction as long as the result is whole seconds.
 *
 * @example
 * ```ts
 * import { hours } from 'qmtl';
 *
 * const interval = hours(4);
 * ```
 */
export function hours(count: number): Duration {
  return durationOf(count, 3_600, 'hours');
}

/**
 * A duration of `count` days of 86,400 seconds; QMTL's days are UTC and have no leap seconds.
 *
 * @example
 * ```ts
 * import { days } from 'qmtl';
 *
 * const interval = days(1);
 * ```
 */
export function days(count: number): Duration {
  return durationOf(count, 86_400, 'days');
}

/**
 * `count` bars of history, including the newest.
 *
 * Throws `E_USAGE` when `count` is not a whole number from 1 to 1,000,000.
 *
 * @example
 * ```ts
 * import { bars } from 'qmtl';
 *
 * const period = bars(200);
 * ```
 */
export function bars(count: number): Bars {
  if (!isWhole(count, limits.periodBarsMax)) {
    const given = `bars(${describeValue(count)})`;
    throw new QmtlError('E_USAGE', `${given} is not a whole number from 1 to ${limits.periodBarsMax}`, {
      hint: 'a period counts bars, including the newest: bars(1) sees the current bar only',
    });
  }
  return Object.freeze({ [barsBrand]: true as const, bars: count });
}

function durationOf(count: number, secondsPerUnit: number, unit: string): Duration {
  const whole = typeof count === 'number' ? count * secondsPerUnit : Number.NaN;
  if (!isWhole(whole, limits.intervalSecondsMax)) {
    const given = `${unit}(${describeValue(count)})`;
    const is = `a whole number of seconds from 1 to ${limits.intervalSecondsMax}`;
    throw new QmtlError('E_USAGE', `${given} is not ${is}`, {
      hint: 'pass a number: an interval is at least one second and at most ten years',
    });
  }
  return Object.freeze({ [durationBrand]: true as const, seconds: whole });
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}
