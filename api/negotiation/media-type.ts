import type { FastifyRequest } from 'fastify';

/** Media types an answer can have, the preferred one first. */
export const mediaTypes = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

/** JSON is offered with its charset too: a parameter that is not offered is not accepted. */
const offered = [mediaTypes.json, `${mediaTypes.json}; charset=utf-8`, mediaTypes.protobuf];

/** The best type the request allows (RFC 9110 §12.5.1); undefined when it allows none. */
export function negotiate(request: FastifyRequest): MediaType | undefined {
  // An empty header counts as a missing one.
  if (request.headers.accept?.trim() === '') return mediaTypes.json;
  const chosen = request.type(offered);
  if (chosen === false) return undefined;
  return chosen === mediaTypes.protobuf ? mediaTypes.protobuf : mediaTypes.json;
}
