import type { Problem } from '../../domain/base/errors.js';
import { type Bars, type Duration, isBars, isDuration } from './duration.js';

/** A fault that the compiler also refuses; reported here for authors of plain JavaScript. */
export function definitionFault(path: string, message: string, hint: string): Problem {
  return { code: 'E_SCHEMA_INVALID', path, message, hint };
}

export function intervalFaults(interval: Duration): Problem[] {
  if (isDuration(interval)) return [];
  const hint = 'a bare number has no unit: use seconds(…), minutes(…), hours(…) or days(…)';
  return [definitionFault('/interval', 'interval is not a duration', hint)];
}

export function periodFaults(period: Bars): Problem[] {
  if (isBars(period)) return [];
  return [definitionFault('/period', 'period is not a number of bars', 'use bars(…)')];
}
