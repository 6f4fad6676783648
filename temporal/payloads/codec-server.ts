import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ValueError } from '@temporalio/common';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { listen } from '../listen.js';
import { compressionCodec } from './compression-codec.js';
import { parsePayloads, payloadToWire, readablePayload } from './payload-json.js';

export interface CodecServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Origins of Temporal UIs that may ask, e.g. http://127.0.0.1:8233. */
  readonly allowedOrigins: readonly string[];
}

export interface CodecServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds for a request to arrive, its headers, and the next one on a kept connection. */
const timeouts = { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 } as const;

/** Payloads of one page of a history, in base64. */
export const codecBodyBytesMax = limits.dagBytesMax;

/**
 * Remote codec server for the Temporal UI and CLI: unpacks our compression and shows protobuf as JSON.
 * Touches no store. Keeps count and order; what it does not know passes through.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const server = createServer(timeouts, (request, response) => void serve(request, response, options));
  const port = await listen(server, {
    ...options,
    owner: 'the codec server',
    hint: 'choose another one with codec_server.port or QMTL_CODEC_SERVER_PORT',
  });
  return {
    url: `http://${options.host}:${port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { allowedOrigins }: CodecServerOptions,
): Promise<void> {
  const { status, body, headers } = await answer(request).catch(faultAnswer);
  response.writeHead(status, {
    ...corsHeaders(request.headers.origin, allowedOrigins),
    'content-type': 'application/json',
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').replace(/\?.*/s, '');
  if (path !== '/decode' && path !== '/encode') {
    return { status: 404, body: { message: 'only /decode and /encode' } };
  }
  if (request.method === 'OPTIONS') return { status: 204 };
  if (request.method !== 'POST') {
    return { status: 405, body: { message: 'POST payloads here' }, headers: { allow: 'POST, OPTIONS' } };
  }
  const payloads = parsePayloads(await bodyOf(request));
  if (payloads === undefined) {
    return { status: 400, body: { message: 'the body is {"payloads":[{"metadata":{},"data":""}]}' } };
  }
  const converted =
    path === '/encode'
      ? await compressionCodec.encode(payloads)
      : (await compressionCodec.decode(payloads)).map(readablePayload);
  return { status: 200, body: { payloads: converted.map(payloadToWire) } };
}

function faultAnswer(error: unknown): Answer {
  if (error instanceof QmtlError) return { status: 413, body: { message: error.message } };
  if (error instanceof ValueError) return { status: 400, body: { message: error.message } };
  return { status: 500, body: { message: 'the payloads cannot be read' } };
}

/** Without `access-control-allow-origin` the browser keeps the answer from a page of another origin. */
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

/** The whole body. One that is too large is read to its end and dropped, so that the caller hears why. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes <= codecBodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes <= codecBodyBytesMax) return Buffer.concat(chunks).toString('utf8');
  throw new QmtlError('E_LIMIT_EXCEEDED', `the body has ${bytes} bytes, at most ${codecBodyBytesMax}`);
}
