/**
 * The one error catalogue. A code is stable: clients, docs/errors.md and dashboards refer to it.
 *
 * `retryable`: whether the same request may succeed later, unchanged.
 * `httpStatus` is the status of a read that fails with it; `exitCode` is that of `qmtl`.
 */
interface CatalogueEntry {
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly exitCode: number;
  readonly says: string;
}

/** Exit codes of the `qmtl` command. */
export const exitCodes = { ok: 0, failed: 1, refused: 2, unavailable: 3, interrupted: 130 } as const;

const refused = { retryable: false, httpStatus: 400, exitCode: exitCodes.refused } as const;
const unavailable = { retryable: true, httpStatus: 503, exitCode: exitCodes.unavailable } as const;
const unknown = { retryable: false, httpStatus: 404, exitCode: exitCodes.refused } as const;

export const errorCatalogue = {
  // The submission itself, most basic first. A list of problems is ordered by this list.
  E_SCHEMA_INVALID: { ...refused, says: 'the document does not have the required shape' },
  E_LIMIT_EXCEEDED: { ...refused, says: 'a bound on size, count or depth is exceeded' },
  E_NODE_ID_FIELDS: { ...refused, says: 'a node lacks fields its NodeID is computed from' },
  E_SCHEMA_COMPAT_MISMATCH: { ...refused, says: 'schema_compat_id and schema_id are both given and differ' },
  E_DUPLICATE: { ...refused, says: 'something that must be unique is given twice' },
  E_CHECKSUM_MISMATCH: { ...refused, says: 'node_ids_crc32 does not match the node ids' },
  E_NODE_ID_MISMATCH: { ...refused, says: 'a given NodeID does not match the content of its node' },
  E_DANGLING_DEPENDENCY: {
    ...refused,
    says: 'a dependency or an output names a node that is not in the DAG',
  },
  E_CYCLE: { ...refused, says: 'the dependencies form a cycle' },
  E_WORLD_IDS_REQUIRED: { ...refused, says: 'the submission names no world' },
  E_IMPURE_COMPUTE: { ...refused, says: 'a compute function uses something outside its inputs' },
  E_CODE_REFUSED: {
    ...refused,
    says: 'stored code is missing, is not what its hashes say, or is not signed by a trusted key',
  },
  E_CAPTURE: { ...refused, says: 'a compute function captures a value that cannot be hashed' },

  // What a user passes to a command or a read.
  E_USAGE: { ...refused, says: 'an option or a parameter is not usable' },
  E_FILE: { ...refused, says: 'a file cannot be read or does not have the expected content' },
  E_STRATEGY_MODULE: { ...refused, says: 'the strategy module cannot be loaded' },
  E_DATA: { ...refused, says: 'the source data is not usable' },
  E_CONFIG: { ...refused, says: 'the configuration is not valid' },
  E_NOT_FOUND: { ...unknown, says: 'nothing has this id' },
  E_METHOD_NOT_ALLOWED: { ...refused, httpStatus: 405, says: 'the API answers GET and HEAD only' },
  E_NOT_ACCEPTABLE: { ...refused, httpStatus: 406, says: 'none of the accepted media types can be produced' },
  E_RATE_LIMITED: { ...unavailable, httpStatus: 429, says: 'too many requests' },

  // Engines, other processes and the environment.
  E_TEMPORAL_UNAVAILABLE: { ...unavailable, says: 'no Temporal server answers' },
  E_API_UNAVAILABLE: { ...unavailable, says: 'the QMTL API does not answer' },
  E_PORT_IN_USE: { ...unavailable, retryable: false, says: 'the port is taken by another process' },
  E_TOOL_MISSING: {
    ...unavailable,
    retryable: false,
    says: 'a required program was not found and could not be fetched',
  },
  E_GRAPH_UNAVAILABLE: { ...unavailable, says: 'the graph store did not answer in time' },
  E_BROKER_UNAVAILABLE: { ...unavailable, says: 'the broker did not answer in time' },
  E_TOPIC_NOT_VERIFIED: { ...unavailable, says: 'a topic is not visible in the broker metadata yet' },
  E_TOPIC_REJECTED: { ...unavailable, retryable: false, says: 'the broker refuses to create a topic' },
  E_TOPIC_FOREIGN: {
    ...unavailable,
    retryable: false,
    says: 'a topic of this name belongs to another installation',
  },
  E_CONTENDED: { ...unavailable, says: 'another run holds something this run needs' },
  E_PRODUCER_FENCED: {
    ...unavailable,
    retryable: false,
    httpStatus: 409,
    says: 'a newer producer has the same transactional id',
  },
  E_SUBMISSION_FAILED: {
    ...unavailable,
    retryable: false,
    exitCode: exitCodes.failed,
    says: 'the submission used up its retry budget',
  },
  E_SUBMISSION_CANCELLED: {
    ...unavailable,
    retryable: false,
    exitCode: exitCodes.failed,
    says: 'the submission was cancelled before it was committed',
  },
  E_INTERRUPTED: {
    ...unavailable,
    retryable: false,
    exitCode: exitCodes.interrupted,
    says: 'the work was stopped before it was done',
  },
  E_COMPUTE: {
    ...refused,
    exitCode: exitCodes.failed,
    says: 'a compute function threw, or returned a value that does not match its output type',
  },
  E_INTERNAL: {
    ...unavailable,
    retryable: false,
    httpStatus: 500,
    exitCode: exitCodes.failed,
    says: 'an internal error of QMTL',
  },
} as const satisfies Record<string, CatalogueEntry>;

/**
 * What went wrong, as docs/errors.md lists it. A code is stable.
 *
 * @example
 * ```ts
 * import type { ErrorCode } from 'qmtl';
 *
 * const dataFaults: readonly ErrorCode[] = ['E_FILE', 'E_DATA'];
 * ```
 */
export type ErrorCode = keyof typeof errorCatalogue;

/** Every code, in catalogue order. */
export const errorCodes: readonly ErrorCode[] = Object.keys(errorCatalogue).filter(isErrorCode);

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorCatalogue, value);
}

/**
 * A problem of an input.
 *
 * `path` is a JSON Pointer (RFC 6901) into the input as given, `''` for the whole; `hint` says what to do.
 *
 * @example
 * ```ts
 * import type { Problem } from 'qmtl';
 *
 * function line({ code, message, hint }: Problem): string {
 *   return `${code}: ${message} (${hint})`;
 * }
 * ```
 */
export interface Problem {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** Orders problems by code (most basic first), then by path with array indices compared as numbers. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = new Map(errorCodes.map((code, index) => [code, index]));
  return [...problems].sort(
    (a, b) => (rank.get(a.code) ?? 0) - (rank.get(b.code) ?? 0) || paths.compare(a.path, b.path),
  );
}

/** Created once: creating one costs more than thousands of comparisons. */
const paths = new Intl.Collator('en', { numeric: true });

/** Marks errors made by any copy of this library. */
const errorBrand: unique symbol = Symbol.for('qmtl.error/1');

/**
 * The only error class of the project: a catalogue code, a sentence for the user, what to do next, and the problems found.
 *
 * Recognise one with `isQmtlError`, never with `instanceof`: an author's module may load a copy of this library of its own.
 *
 * @example
 * ```ts
 * import { QmtlError } from 'qmtl';
 *
 * function refuseEmpty(rows: readonly string[], file: string): void {
 *   if (rows.length > 0) return;
 *   throw new QmtlError('E_DATA', `${file} has no rows`, { hint: 'give at least one bar' });
 * }
 * ```
 */
export class QmtlError extends Error {
  // A field, not an assignment: it also works when an author has frozen Error.prototype.
  override readonly name = 'QmtlError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }

  /** On the prototype: not part of what is compared or serialised. */
  get [errorBrand](): true {
    return true;
  }
}

/**
 * Whether a value is a QmtlError of this or another copy of this library. One with a code unknown here is a stranger. Safe for any
 * value: one that throws while it is read is not such an error.
 *
 * @example
 * ```ts
 * import { bars, isQmtlError } from 'qmtl';
 *
 * try {
 *   bars(0.5);
 * } catch (error) {
 *   if (!isQmtlError(error)) throw error;
 *   console.log(error.code, error.hint);
 * }
 * ```
 */
export function isQmtlError(value: unknown): value is QmtlError {
  return readQmtlError(value) !== undefined;
}

/**
 * A QmtlError of any copy as one of this copy, for code that must not fail while it reads it: a getter may answer differently the
 * next time. Undefined for any other value.
 */
export function ownQmtlError(value: unknown): QmtlError | undefined {
  const content = readQmtlError(value);
  if (content === undefined) return undefined;
  const { code, message, hint, problems } = content;
  return new QmtlError(code, message, { problems, cause: value, ...(hint === undefined ? {} : { hint }) });
}

function readQmtlError(
  value: unknown,
): Pick<QmtlError, 'code' | 'message' | 'hint' | 'problems'> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const read = (name: string | symbol): unknown => Reflect.get(value, name);
  try {
    // The brand is a format between releases: what is read of such an error has to be there.
    if (read(errorBrand) !== true) return undefined;
    const [code, message, hint, problems] = ['code', 'message', 'hint', 'problems'].map(read);
    if (typeof code !== 'string' || !isErrorCode(code) || typeof message !== 'string') return undefined;
    if (hint !== undefined && typeof hint !== 'string') return undefined;
    const own = readProblems(problems);
    return own === undefined ? undefined : { code, message, hint, problems: own };
  } catch {
    return undefined;
  }
}

function readProblems(values: unknown): Problem[] | undefined {
  if (!Array.isArray(values)) return undefined;
  const problems: Problem[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const problem = readProblem(values[index]);
    if (problem === undefined) return undefined;
    problems.push(problem);
  }
  return problems;
}

function readProblem(value: unknown): Problem | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [code, path, message, hint] = ['code', 'path', 'message', 'hint'].map((name): unknown =>
    Reflect.get(value, name),
  );
  if (typeof code !== 'string' || !isErrorCode(code) || typeof path !== 'string') return undefined;
  return typeof message === 'string' && typeof hint === 'string' ? { code, path, message, hint } : undefined;
}
