import { timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Payload, ValueError } from '@temporalio/common';
import fastify, { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { type Listening, listen } from '../listen.js';
import { compressionCodec, restoreAll } from './data-converter.js';
import { BudgetUse, type DecodeBudget } from './decode-budget.js';
import { parsePayloads, payloadToWire, readablePayload } from './payload-json.js';

export interface CodecServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Allowed origins of Temporal UIs, e.g. http://127.0.0.1:8233. */
  readonly allowedOrigins: readonly string[];
  /** What a request must send as `authorization: Bearer …`; '' = nothing. */
  readonly token: string;
}

/** Milliseconds for a request to arrive, its answer, its headers, a silent socket, and the next request on a kept connection. */
const timeouts = {
  requestTimeout: 10_000,
  handlerTimeout: 30_000,
  http: { headersTimeout: 5_000 },
  connectionTimeout: 30_000,
  keepAliveTimeout: 5_000,
} as const;

/** Bytes of one request: payloads of one page of a history in base64. Temporal sends pages of some 4 MB. */
export const codecBodyBytesMax = 8 * 1024 * 1024;
/** Payloads of one call; a page of a history has at most a few thousand. */
export const codecPayloadsMax = 10_000;
/** What the payloads of one call may become. A page that shows more is of no use, and the server must stay small. */
export const codecBudget: DecodeBudget = { bytesMax: 16 * 1024 * 1024, elementsMax: 500_000 };
/** Bytes of the payloads of one answer: JSON of control characters has six times the bytes of its text. */
export const codecAnswerBytesMax = 2 * codecBudget.bytesMax;
/** Requests at the same time; each holds its body while it waits for its turn. */
export const codecRequestsMax = 16;

const conversions: readonly (readonly [path: string, (payloads: Payload[]) => Promise<Payload[]>])[] = [
  ['/encode', (payloads) => compressionCodec.encode(payloads)],
  ['/decode', async (payloads) => readableAll(await restoreAll(payloads, new BudgetUse(codecBudget)))],
];

function readableAll(payloads: readonly Payload[]): Payload[] {
  const readable: Payload[] = [];
  let bytes = 0;
  for (const [index, payload] of payloads.entries()) {
    const shown = readablePayload(payload);
    bytes += shown.data?.length ?? 0;
    if (bytes > codecAnswerBytesMax)
      throw new QmtlError(
        'E_LIMIT_EXCEEDED',
        `payload ${index}, with the payloads before it, has more than ${codecAnswerBytesMax} bytes as JSON`,
      );
    readable.push(shown);
  }
  return readable;
}

/**
 * Remote codec server for the Temporal UI and CLI: decompresses payloads and shows protobuf as JSON. It uses no store, keeps
 * count and order, and passes unknown encodings through.
 */
export async function startCodecServer({
  allowedOrigins,
  token,
  ...address
}: CodecServerOptions): Promise<Listening> {
  const app = fastify({
    ...timeouts,
    // Older UIs join the path to an endpoint that ends with a slash.
    routerOptions: { ignoreDuplicateSlashes: true },
    frameworkErrors: (_error, _request, reply) => void sendNotFound(reply),
  });
  app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.headers(corsHeaders(origin, allowedOrigins));
    // A browser sends plain text to any server without asking first.
    if (origin === undefined || allowedOrigins.includes(origin)) return;
    return reply.code(403).send({
      message: `pages of ${origin} may not use the codec server: list the origin in codec_server.allowed_origins`,
    });
  });
  limitRequests(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (_request: FastifyRequest, body: Readable) =>
    wholeBody(body),
  );
  app.setErrorHandler((error, _request, reply) => sendFault(error, reply));
  app.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  const oneAtATime = taskQueue();
  for (const [path, convert] of conversions) {
    const onRequest = [onlyPost, onlyWithToken(token)];
    app.all<{ Body: Buffer | undefined }>(path, { onRequest }, async ({ body }, reply) => {
      const answer = await oneAtATime(() => converted(body, convert));
      if (answer !== undefined) return reply.type('application/json').send(answer);
      return reply.code(400).send({ message: 'the body is {"payloads":[{"metadata":{},"data":""}]}' });
    });
  }
  return listen(app, {
    ...address,
    owner: 'the codec server',
    hint: 'choose another one with codec_server.host and codec_server.port (QMTL_CODEC_SERVER_HOST, QMTL_CODEC_SERVER_PORT); port 0 selects any free one',
  });
}

/** The answer as text: what cannot be written as JSON fails here, and not while it is sent. Undefined for a body without payloads. */
async function converted(
  body: Buffer | undefined,
  convert: (payloads: Payload[]) => Promise<Payload[]>,
): Promise<string | undefined> {
  const payloads = parsePayloads(body ?? Buffer.alloc(0), codecPayloadsMax);
  return payloads && JSON.stringify({ payloads: (await convert(payloads)).map(payloadToWire) });
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

/** One more request than may be under way is refused at once: those that wait hold memory. */
function limitRequests(app: FastifyInstance): void {
  const underWay = new Set<FastifyRequest>();
  app.addHook('onRequest', async (request, reply) => {
    if (underWay.size >= codecRequestsMax)
      return reply
        .code(503)
        .headers({ 'retry-after': '1', connection: 'close' })
        .send({ message: `${codecRequestsMax} requests are under way: try again` });
    underWay.add(request);
    reply.raw.once('close', () => underWay.delete(request));
  });
}

async function onlyPost({ method }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (method === 'POST') return undefined;
  if (method === 'OPTIONS') return reply.code(204).send();
  return reply.code(405).header('allow', 'POST, OPTIONS').send({ message: 'POST payloads here' });
}

/** A preflight carries no token, and was answered before. */
function onlyWithToken(token: string) {
  const wanted = Buffer.from(`Bearer ${token}`);
  return async ({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const given = Buffer.from(headers.authorization ?? '');
    if (token === '' || (given.length === wanted.length && timingSafeEqual(given, wanted))) return undefined;
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ message: 'send the token of the codec server: authorization: Bearer …' });
  };
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ message: 'only /decode and /encode' });
}

function sendFault(error: unknown, reply: FastifyReply): FastifyReply {
  if (isQmtlError(error)) return reply.code(413).send({ message: error.message });
  if (error instanceof ValueError) return reply.code(400).send({ message: error.message });
  if (error instanceof errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    return reply.code(415).send({ message: 'send application/json' });
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
async function wholeBody(body: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes <= codecBodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes <= codecBodyBytesMax) return Buffer.concat(chunks);
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `the body has ${bytes} bytes; at most ${codecBodyBytesMax} are allowed`,
  );
}
