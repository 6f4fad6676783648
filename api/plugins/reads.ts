import { type DescMessage, type MessageShape, toBinary, toJsonString } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { QmtlError } from '../../domain/base/errors.js';
import { answerJson } from '../../proto/json.js';
import type { ApiDeps } from '../deps.js';
import { makeEtag, namesEtag } from '../negotiation/etag.js';
import { type MediaType, mediaTypes, negotiate } from '../negotiation/media-type.js';
import { openApiText } from '../openapi/document.js';
import { definePlugin } from '../plugin.js';
import type { ApiRoute } from '../route.js';
import { apiRoutes } from '../routes/table.js';

/** The routes of the table, and the table itself as OpenAPI. */
export function reads(deps: ApiDeps) {
  return definePlugin({ name: 'reads', needs: ['read-only', 'problems'] }, async (app) => {
    for (const route of apiRoutes) addRoute(app, route, deps);
    const description = openApiText(apiRoutes, deps.version);
    app.get('/openapi.json', async (request, reply) => send(request, reply, mediaTypes.json, description));
  });
}

function addRoute(app: FastifyInstance, route: ApiRoute, deps: ApiDeps): void {
  const url = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
  app.get<{ Params: Record<string, string> }>(url, async (request, reply) => {
    const mediaType = negotiate(request);
    reply.header('vary', 'accept');
    if (mediaType === undefined) throw notAcceptable(request.headers.accept);
    const message = await route.answer(deps, request.params, request.query);
    return send(request, reply, mediaType, bodyOf(mediaType, route.response, message));
  });
}

function bodyOf(
  mediaType: MediaType,
  schema: DescMessage,
  message: MessageShape<DescMessage>,
): string | Buffer {
  return mediaType === mediaTypes.json
    ? toJsonString(schema, message, answerJson)
    : Buffer.from(toBinary(schema, message));
}

/** The body with its ETag, or 304 when the client has it. Answers can change at any time, so caches must revalidate. */
function send(
  request: FastifyRequest,
  reply: FastifyReply,
  mediaType: MediaType,
  body: string | Buffer,
): FastifyReply {
  const etag = makeEtag(body);
  reply.header('etag', etag).header('cache-control', 'no-cache');
  return namesEtag(request.headers['if-none-match'], etag)
    ? reply.code(304).send()
    : reply.type(mediaType).send(body);
}

function notAcceptable(accept: string | undefined): QmtlError {
  return new QmtlError('E_NOT_ACCEPTABLE', `${accept} cannot be produced`, {
    hint: `accept ${Object.values(mediaTypes).join(' or ')}`,
  });
}
