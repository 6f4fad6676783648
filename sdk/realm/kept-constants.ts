import { createHash } from 'node:crypto';
import type { ComputedConstants } from './messages.js';
import type { Shape } from './value-shape.js';

/** How many tokens of shapes are kept; a table of 20,000 rows with five numbers has some 300,000. */
export const tokensKeptMax = 2_000_000;

/**
 * What a realm computed for scripts, the newest answers: a script has the same constants each time. Failures are not kept,
 * because the limits of an engine may be the reason.
 */
export class KeptConstants {
  readonly #kept = new Map<string, { readonly computed: ComputedConstants; readonly size: number }>();
  readonly #tokensMax: number;
  #size = 0;

  constructor(tokensMax = tokensKeptMax) {
    this.#tokensMax = tokensMax;
  }

  of(text: string): ComputedConstants | undefined {
    const key = keyOf(text);
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.computed;
  }

  keep(text: string, computed: ComputedConstants): void {
    const key = keyOf(text);
    const size = sizeOf(computed);
    if (computed.kind === 'failed' || size > this.#tokensMax || this.#kept.has(key)) return;
    this.#kept.set(key, { computed, size });
    this.#size += size;
    for (const [oldest, one] of this.#kept) {
      if (this.#size <= this.#tokensMax) return;
      this.#kept.delete(oldest);
      this.#size -= one.size;
    }
  }
}

/** Scripts may have megabytes. */
function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sizeOf(computed: ComputedConstants): number {
  if (computed.kind === 'failed') return 0;
  let size = 0;
  for (const { shape, hidden } of computed.values) {
    size += shape.length;
    for (const { variables } of hidden.flat()) size += tokensIn(variables);
  }
  return size;
}

function tokensIn(shapes: readonly Shape[]): number {
  return shapes.reduce((sum, { length }) => sum + length, 1);
}
