import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { z } from 'zod';
import { QmtlError } from '../domain/base/errors.js';
import type { ApiDeps } from './deps.js';

/** One read of the API. The route table is data, from which the app, OpenAPI and the tests are derived. */
export interface ApiRoute {
  /** Path with `{name}` parameters. */
  readonly path: string;
  readonly summary: string;
  readonly response: DescMessage;
  readonly query: z.ZodObject;
  answer(
    deps: ApiDeps,
    params: Readonly<Record<string, string>>,
    query: unknown,
  ): Promise<MessageShape<DescMessage>>;
}

interface RouteDefinition<D extends DescMessage, Q extends z.ZodObject> {
  readonly path: string;
  readonly summary: string;
  readonly response: D;
  readonly query: Q;
  readonly read: (
    deps: ApiDeps,
    params: Readonly<Record<string, string>>,
    query: z.output<Q>,
  ) => Promise<MessageShape<D>>;
}

/** Ties the types of a route's query and response to its handler. */
export function route<D extends DescMessage, Q extends z.ZodObject>(
  definition: RouteDefinition<D, Q>,
): ApiRoute {
  const { read, ...described } = definition;
  return {
    ...described,
    answer: async (deps, params, query) => {
      const parsed = definition.query.safeParse(query);
      if (!parsed.success) throw unusableQuery(parsed.error);
      return read(deps, params, parsed.data);
    },
  };
}

function unusableQuery({ issues }: z.ZodError): QmtlError {
  const texts = issues.map((issue) => `${issue.path.join('.') || 'query'}: ${faultOf(issue)}`);
  return new QmtlError('E_USAGE', texts.join('; '), { hint: 'GET /openapi.json describes every parameter' });
}

/** Every parameter is text: any other type is a parameter that is missing or given more than once. */
function faultOf({ code, message }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return message;
  return message.endsWith('undefined') ? 'is required' : 'must be given once';
}
