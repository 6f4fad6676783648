import type { z } from 'zod';

/** What the kinds of the schema are called. */
const kinds: Readonly<Record<string, string>> = {
  object: 'a section',
  string: 'a text',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/**
 * What is wrong with a field, to follow its path: what it is, and what it must be. It names the kind of the value and never the
 * value, which may be a secret. `given`: the value.
 */
export function issueText(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is ${kindOf(given)}, not ${kinds[issue.expected] ?? 'a value of its kind'}`;
    case 'invalid_value': {
      const choices = `one of ${issue.values.map(String).join(', ')}`;
      return typeof given === 'string' ? `is not ${choices}` : `is ${kindOf(given)}, not ${choices}`;
    }
    case 'too_small':
      return typeof given === 'string' ? 'is empty' : `is less than ${issue.minimum}`;
    case 'too_big':
      return tooBig(given, issue.maximum);
    case 'custom':
      return issue.message;
    case 'invalid_format':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'cannot be used';
  }
}

function tooBig(given: unknown, max: number | bigint): string {
  if (Array.isArray(given)) return `has ${given.length} entries; at most ${max} are allowed`;
  return typeof given === 'string'
    ? `has ${given.length} characters; at most ${max} are allowed`
    : `is more than ${max}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  return kinds[typeof value] ?? `a ${typeof value}`;
}
