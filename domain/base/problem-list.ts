import { type ErrorCode, type Problem, sortProblems } from './errors.js';

/** The problems of an input, up to a maximum, most basic first, and how many more there are. */
export interface ProblemReport {
  readonly problems: readonly Problem[];
  readonly more: number;
}

/**
 * Collects all problems of an input and reports a bounded number of them.
 *
 * Of each code only the first `problemsMax` are kept: memory stays bounded, and many problems of one code do not displace
 * those of a more basic one.
 */
export class ProblemList {
  readonly #problemsMax: number;
  readonly #kept: Problem[] = [];
  readonly #keptByCode = new Map<ErrorCode, number>();
  #count = 0;

  constructor(problemsMax: number) {
    this.#problemsMax = problemsMax;
  }

  /** The number of problems so far. */
  get count(): number {
    return this.#count;
  }

  /** `path` is a JSON Pointer into the caller's document. */
  add(code: ErrorCode, path: string, message: string, hint: string): void {
    this.#count += 1;
    const kept = this.#keptByCode.get(code) ?? 0;
    if (kept >= this.#problemsMax) return;
    this.#keptByCode.set(code, kept + 1);
    this.#kept.push({ code, path, message, hint });
  }

  report(): ProblemReport {
    const problems = sortProblems(this.#kept).slice(0, this.#problemsMax);
    return { problems, more: this.#count - problems.length };
  }
}

/** A value as messages show it: quoted, control characters escaped, cut to about a hundred characters. */
export function excerpt(value: unknown): string {
  const quoted = typeof value === 'string' ? JSON.stringify(value.slice(0, excerptCharsMax)) : kindOf(value);
  return typeof value === 'string' && value.length > excerptCharsMax ? `${quoted}…` : quoted;
}

const excerptCharsMax = 96;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
}
