import { type ErrorCode, type Problem, sortProblems } from './errors.js';

/** What was wrong: at most the asked number of problems, most basic first, and how many more there were. */
export interface ProblemReport {
  readonly problems: readonly Problem[];
  readonly more: number;
}

/**
 * Gathers all problems of an input and reports a bounded number of them.
 *
 * Of each code only the first `problemsMax` are kept, so a hopeless input costs no more memory than a bad one, and
 * no problem of a more basic code is lost to many of a less basic one.
 */
export class ProblemList {
  readonly #problemsMax: number;
  readonly #kept: Problem[] = [];
  readonly #keptByCode = new Map<ErrorCode, number>();
  #count = 0;

  constructor(problemsMax: number) {
    this.#problemsMax = problemsMax;
  }

  /** How many problems were found so far. */
  get count(): number {
    return this.#count;
  }

  /** `path` is a JSON Pointer into what the caller gave. */
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

/** Text of the caller as a message may show it: quoted, control characters escaped, cut to a few dozen characters. */
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
