import { z } from 'zod';
import { limits } from '../domain/base/limits.js';

/** Parts of the query schemas; the output type of each is the one OpenAPI shows. */

export const noQuery = z.strictObject({});

/** A whole number in decimal digits, `min` … `max`. */
export function wholeNumber(min: number, max: number) {
  const range = `must be a whole number, ${min} … ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, range)
    .transform(Number)
    .pipe(z.int(range).min(min, range).max(max, range));
}

/** A comma-separated list with 1 … `max` entries. */
export function commaList(max: number, entry: z.ZodString) {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(entry).min(1).max(max));
}

/** `limit` and `cursor` of a paged list; `isCursor` checks a cursor. */
export function pageQuery(isCursor: (text: string) => boolean) {
  return z.strictObject({
    limit: wholeNumber(1, limits.pageItemsMax)
      .default(limits.pageItemsDefault)
      .describe(`entries per page, 1 … ${limits.pageItemsMax}`),
    cursor: z
      .string()
      .refine(isCursor, 'must be the next_cursor of a page of this list')
      .optional()
      .describe('next_cursor of the previous page'),
  });
}

/** The query's page as a request to the graph. */
export function pageRequest({ limit, cursor }: z.output<ReturnType<typeof pageQuery>>) {
  return { itemsMax: limit, ...(cursor === undefined ? {} : { cursor }) };
}
