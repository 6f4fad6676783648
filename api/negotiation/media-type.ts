import type { FastifyRequest } from 'fastify';

/** Media types an answer can have, the preferred one first. */
export const mediaTypes = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

const offered = [mediaTypes.json, mediaTypes.protobuf];

/** The best type the request allows (RFC 9110 §12.5.1); undefined when it allows none. */
export function negotiate(request: FastifyRequest): MediaType | undefined {
  const { accept } = request.headers;
  if (accept === undefined) return mediaTypes.json;
  // A parameter narrows nothing here: a client that adds a charset or a message type gets the one form there is.
  request.headers.accept = accept.replaceAll(parameter, '');
  // An empty header counts as a missing one.
  if (request.headers.accept.trim() === '') return mediaTypes.json;
  const chosen = request.type(offered);
  if (chosen === false) return undefined;
  return chosen === mediaTypes.protobuf ? mediaTypes.protobuf : mediaTypes.json;
}

/** A parameter of a media range other than its weight. */
const parameter = /;\s*(?!q\s*=)[^;,="]+(?:=(?:"[^"]*"|[^;,"]*))?/gi;
