import type { Readable } from 'node:stream';
import { type Payload, ValueError } from '@temporalio/common';
import fastify, { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { type Listening, listen } from '../listen.js';
import { compressionCodec } from './data-converter.js';
import { parsePayloads, payloadToWire, readablePayload } from './payload-json.js';

export interface CodecServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Allowed origins of Temporal UIs, e.g. http://127.0.0.1:8233. */
  readonly allowedOrigins: readonly string[];
}

/** Milliseconds for a request to arrive, its answer, its headers, a silent socket, and the next request on a kept connection. */
const timeouts = {
  requestTimeout: 10_000,
  handlerTimeout: 30_000,
  http: { headersTimeout: 5_000 },
  connectionTimeout: 30_000,
  keepAliveTimeout: 5_000,
} as const;

/** Payloads of one page of a history, in base64. */
export const codecBodyBytesMax = limits.dagBytesMax;
/** Payloads of one call; a page of a history has at most a few thousand. */
export const codecPayloadsMax = 10_000;

const conversions: readonly (readonly [path: string, (payloads: Payload[]) => Promise<Payload[]>])[] = [
  ['/encode', (payloads) => compressionCodec.encode(payloads)],
  ['/decode', async (payloads) => (await compressionCodec.decode(payloads)).map(readablePayload)],
];

/**
 * Remote codec server for the Temporal UI and CLI: decompresses payloads and shows protobuf as JSON. It uses no store, keeps
 * count and order, and passes unknown encodings through.
 */
export async function startCodecServer({
  allowedOrigins,
  ...address
}: CodecServerOptions): Promise<Listening> {
  const app = fastify({
    ...timeouts,
    frameworkErrors: (_error, _request, reply) => void sendNotFound(reply),
  });
  app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.headers(corsHeaders(origin, allowedOrigins));
    // A browser sends plain text to any server without asking first.
    if (origin === undefined || allowedOrigins.includes(origin)) return;
    return reply.code(403).send({ message: 'pages of this origin may not use the codec server' });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (_request: FastifyRequest, body: Readable) => bodyText(body));
  app.setErrorHandler((error, _request, reply) => sendFault(error, reply));
  app.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  const oneAtATime = taskQueue();
  for (const [path, convert] of conversions) {
    app.all<{ Body: string | undefined }>(path, { onRequest: onlyPost }, async (request, reply) => {
      const payloads = parsePayloads(request.body ?? '', codecPayloadsMax);
      if (payloads === undefined)
        return reply.code(400).send({ message: 'the body is {"payloads":[{"metadata":{},"data":""}]}' });
      return oneAtATime(async () => ({ payloads: (await convert(payloads)).map(payloadToWire) }));
    });
  }
  return listen(app, {
    ...address,
    owner: 'the codec server',
    hint: 'choose another one with codec_server.port or QMTL_CODEC_SERVER_PORT',
  });
}

/** Runs tasks one after another: the limits of memory hold for one call, so only one may use it. */
function taskQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
}

async function onlyPost({ method }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (method === 'POST') return undefined;
  if (method === 'OPTIONS') return reply.code(204).send();
  return reply.code(405).header('allow', 'POST, OPTIONS').send({ message: 'POST payloads here' });
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ message: 'only /decode and /encode' });
}

function sendFault(error: unknown, reply: FastifyReply): FastifyReply {
  if (isQmtlError(error)) return reply.code(413).send({ message: error.message });
  if (error instanceof ValueError) return reply.code(400).send({ message: error.message });
  // Fastify reads the content type, although every body is taken for JSON.
  if (error instanceof errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    return reply.code(415).send({ message: error.message });
  }
  return reply.code(500).send({ message: 'the payloads cannot be read' });
}

/** Without `access-control-allow-origin` the browser hides the answer from pages of other origins. */
function corsHeaders(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  if (origin === undefined || !allowed.includes(origin)) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'content-type, x-namespace, authorization, authorization-extras',
    'access-control-allow-credentials': 'true',
  };
}

/**
 * The whole body. One that is too large is read to its end and dropped: Fastify's own limit answers at once and closes, and a
 * caller that still sends then sees a broken connection instead of the reason.
 */
async function bodyText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes <= codecBodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes <= codecBodyBytesMax) return Buffer.concat(chunks).toString('utf8');
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `the body has ${bytes} bytes; at most ${codecBodyBytesMax} are allowed`,
  );
}
