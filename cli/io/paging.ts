import { type Command, InvalidArgumentError } from 'commander';
import { limits } from '../../domain/base/limits.js';
import type { GlobalOptions } from './io.js';

export interface PageOptions extends GlobalOptions {
  readonly limit: number;
  readonly cursor?: string;
}

/** Adds the options of a command that prints one page of a list of the API. */
export function paged(command: Command): Command {
  return command
    .option(
      '--limit <n>',
      `entries per page, 1 … ${limits.pageItemsMax}`,
      parseLimit,
      limits.pageItemsDefault,
    )
    .option('--cursor <cursor>', 'cursor printed after the previous page');
}

/** The query of the API for the page that was asked for. */
export function pageQuery({ limit, cursor }: PageOptions): URLSearchParams {
  return new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= limits.pageItemsMax) return value;
  throw new InvalidArgumentError(`It must be a whole number, 1 … ${limits.pageItemsMax}.`);
}
