import { QmtlError } from '../../domain/base/errors.js';
import { describeValue, memberOf } from '../nodes/foreign-value.js';

/**
 * One value per bucket; times in whole seconds since the epoch, ascending.
 *
 * @example
 * ```ts
 * import type { TimeSeries } from 'qmtl/backtest';
 *
 * const closes: TimeSeries = { times: Float64Array.of(0, 86_400), values: Float64Array.of(100, 101.5) };
 * ```
 */
export interface TimeSeries {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const hint = 'pass { times, values }: a Float64Array of seconds, ascending, and one with a value for each';

/** The time series that an author passed. `what`: for messages. Throws `E_USAGE` for anything else. */
export function requireTimeSeries(given: unknown, what: string): TimeSeries {
  const times = memberOf(given, 'times');
  const values = memberOf(given, 'values');
  if (!(times instanceof Float64Array && values instanceof Float64Array)) {
    throw refused(`${what} is ${describeValue(given)}, not a time series`);
  }
  if (times.length !== values.length) {
    throw refused(`${what} has times and values of different length: ${times.length} and ${values.length}`);
  }
  for (const [index, time] of times.entries()) {
    const before = times[index - 1] ?? Number.NEGATIVE_INFINITY;
    if (Number.isSafeInteger(time) && time > before) continue;
    throw refused(
      `${what} has ${time} as time ${index}, not a whole number of seconds after the time before it`,
    );
  }
  return { times, values };
}

function refused(message: string): QmtlError {
  return new QmtlError('E_USAGE', message, { hint });
}
