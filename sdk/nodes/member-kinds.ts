import { type Bars, type Duration, isBars, isDuration } from './duration.js';

/** What a member of a definition or an option may be. */
export interface Kind<T> {
  /** For messages: `not a text`. */
  readonly is: string;
  readonly hint: string;
  /** The value, or a copy that its author cannot change; undefined when it is of another kind. May throw for a proxy. */
  accept(this: void, value: unknown): T | undefined;
}

export function kindOf<T>(is: string, hint: string, isOne: (value: unknown) => value is T): Kind<T> {
  return { is, hint, accept: (value) => (isOne(value) ? value : undefined) };
}

export const text = kindOf(
  'a non-empty text',
  'give a string with at least one character',
  (value): value is string => typeof value === 'string' && value !== '',
);

export const texts: Kind<readonly string[]> = {
  is: 'a list of texts',
  hint: "give an array of strings: ['sp500', 'price']",
  accept: (value) => {
    if (!Array.isArray(value)) return undefined;
    const copy: string[] = [];
    // The first item of another kind ends it: an array without items may be very long.
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (typeof item !== 'string') return undefined;
      copy.push(item);
    }
    return Object.freeze(copy);
  },
};

export const duration: Kind<Duration> = kindOf(
  'a duration',
  'a bare number has no unit: use seconds(…), minutes(…), hours(…) or days(…)',
  isDuration,
);

export const numberOfBars: Kind<Bars> = kindOf('a number of bars', 'use bars(…)', isBars);

export const abortSignal: Kind<AbortSignal> = kindOf(
  'an AbortSignal',
  'pass the signal of an AbortController',
  (value) => value instanceof AbortSignal,
);

/** An object with members of any names. */
export function record(of: string, hint: string): Kind<Readonly<Record<string, unknown>>> {
  return {
    is: `an object of ${of}`,
    hint,
    accept: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined,
  };
}
