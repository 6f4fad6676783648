import { type ErrorCode, errorCatalogue, isQmtlError, QmtlError } from '../domain/base/errors.js';

/** An RFC 9457 problem. `type` names the heading of docs/errors.md. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly hint?: string;
  readonly problems?: readonly unknown[];
}

/** Translates errors to HTTP: client errors keep their text, internal errors lose it. */
export function toProblemDetails(error: unknown): ProblemDetails {
  if (isQmtlError(error)) return catalogueProblem(error, errorCatalogue[error.code].httpStatus);
  const status = statusOf(error);
  const text = error instanceof Error ? error.message : String(error);
  return catalogueProblem(new QmtlError(frameworkCode(status), text), status);
}

export function isOurFault({ status }: Pick<ProblemDetails, 'status'>): boolean {
  return status >= 500;
}

/** The code for a status thrown by Fastify or its plugins; 503 is the handler timeout. */
function frameworkCode(status: number): ErrorCode {
  switch (status) {
    case 404:
      return 'E_NOT_FOUND';
    case 429:
      return 'E_RATE_LIMITED';
    case 503:
      return 'E_GRAPH_UNAVAILABLE';
    default:
      return isOurFault({ status }) ? 'E_INTERNAL' : 'E_USAGE';
  }
}

function catalogueProblem({ code, message, hint, problems }: QmtlError, status: number): ProblemDetails {
  const { says } = errorCatalogue[code];
  const named = { type: `urn:qmtl:error:${code}`, title: says, status };
  if (isOurFault({ status })) return { ...named, detail: says };
  return {
    ...named,
    detail: message,
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

/** An error without a status is an internal error. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500;
}
