import { once } from 'node:events';
import { connect } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import type { Payload } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { toEnvelope } from '../../proto/convert/events.js';
import { CloudEventSchema } from '../../proto/gen/io/cloudevents/v1/cloudevents_pb.js';
import { ReceiptSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import {
  codecAnswerBytesMax,
  codecBodyBytesMax,
  codecBudget,
  codecPayloadsMax,
  codecRequestsMax,
  startCodecServer,
} from '../../temporal/payloads/codec-server.js';
import { compressionCodec } from '../../temporal/payloads/data-converter.js';
import { payloadConverter } from '../../temporal/payloads/payload-converter.js';
import { bodyElementsMax, payloadToWire } from '../../temporal/payloads/payload-json.js';
import { statusEvent } from '../contracts/control-bus.contract.js';

const ui = 'http://127.0.0.1:8233';

async function openServer(token = '') {
  const server = await startCodecServer({ host: '127.0.0.1', port: 0, allowedOrigins: [ui], token });
  onTestFinished(() => server.close());
  return server;
}

async function openPost(token?: string) {
  const { url } = await openServer(token);
  return (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
}

const bodyOf = (...payloads: readonly Payload[]) => JSON.stringify({ payloads: payloads.map(payloadToWire) });

const base64 = (text: string) => Buffer.from(text).toString('base64');

const answer = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.string()), data: z.string() })),
});

/** The payloads of an answer as text. */
async function payloadsOf(response: Response) {
  const { payloads } = answer.parse(await response.json());
  return payloads.map(({ metadata, data }) => ({
    encoding: Buffer.from(metadata.encoding ?? '', 'base64').toString(),
    text: Buffer.from(data, 'base64').toString(),
  }));
}

describe('decode', () => {
  test('decode shows protobuf as JSON, compressed or not, and keeps count and order', async () => {
    const post = await openPost();
    const small = payloadConverter.toPayload(create(ReceiptSchema, { version: 'small' }));
    const large = payloadConverter.toPayload(create(ReceiptSchema, { version: 'l'.repeat(5_000) }));
    const packed = await compressionCodec.encode([large]);
    const text = payloadConverter.toPayload('a summary');
    const response = await post('/decode', bodyOf(small, ...packed, text));
    expect(response.status).toBe(200);
    expect(await payloadsOf(response)).toEqual([
      { encoding: 'json/protobuf', text: '{"version":"small"}' },
      { encoding: 'json/protobuf', text: `{"version":"${'l'.repeat(5_000)}"}` },
      { encoding: 'json/plain', text: '"a summary"' },
    ]);
  });

  test('decode passes unknown encodings through', async () => {
    const post = await openPost();
    const foreign = {
      metadata: { encoding: encode('binary/encrypted'), key: encode('k1') },
      data: encode('???'),
    };
    const unknown = {
      metadata: { encoding: encode('binary/protobuf'), messageType: encode(CloudEventSchema.typeName) },
      data: toBinary(CloudEventSchema, toEnvelope(statusEvent(1n))),
    };
    const response = await post('/decode', bodyOf(foreign, unknown));
    expect(await response.json()).toEqual({ payloads: [payloadToWire(foreign), payloadToWire(unknown)] });
  });

  test.each(['{"payloads":[]}', '{}', '{"payloads":null}'])(
    'no payloads are none decoded, as clients in Go send them: %s',
    async (body) => {
      const post = await openPost();
      for (const path of ['/decode', '/encode', '//decode', '//encode']) {
        const response = await post(path, body);
        expect([response.status, await response.json()]).toEqual([200, { payloads: [] }]);
        expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      }
    },
  );

  test.each(['application/json', 'application/json; charset=utf-8', 'application/JSON'])(
    'JSON is read: %j',
    async (type) => {
      const post = await openPost();
      expect((await post('/decode', bodyOf(), { 'content-type': type })).status).toBe(200);
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/x-anything',
    'application/jsonp',
  ])('what a page can send without asking is refused: %j', async (type) => {
    const post = await openPost();
    const response = await post('/decode', bodyOf(), { 'content-type': type });
    expect([response.status, await response.json()]).toEqual([415, { message: 'send application/json' }]);
  });

  test('decode accepts a path with a query', async () => {
    const post = await openPost();
    expect((await post('/decode?namespace=default', bodyOf())).status).toBe(200);
  });

  test.each([
    ['compressed', { encoding: 'binary/brotli' }, /damaged/],
    ['protobuf', { encoding: 'binary/protobuf', messageType: 'qmtl.v1.Receipt' }, /qmtl\.v1\.Receipt/],
  ])('decode refuses a damaged %s payload with a message', async (_name, metadata, message) => {
    const post = await openPost();
    const encoded = Object.fromEntries(Object.entries(metadata).map(([key, text]) => [key, base64(text)]));
    const response = await post(
      '/decode',
      JSON.stringify({ payloads: [{ metadata: encoded, data: '/w==' }] }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringMatching(message) });
  });
});

describe('base64', () => {
  const sound = { metadata: { encoding: base64('json/plain') }, data: base64('1') };
  test.each([
    ['another character', 'a*b='],
    ['a space', 'MQ= ='],
    ['a line break', 'MQ==\n'],
    ['no padding', 'MQ'],
    ['too much padding', 'MQ==='],
    ['text after the padding', 'MQ==MQ=='],
    ['characters of URLs', '_-8='],
    ['one character', 'M'],
    ['bits that are lost', 'MR=='],
  ])('text with %s is refused with the place of its payload', async (_name, text) => {
    const post = await openPost();
    for (const path of ['/decode', '/encode']) {
      const bodies = [
        ['/payloads/1/data', { ...sound, data: text }],
        ['/payloads/1/metadata/a~1b', { ...sound, metadata: { ...sound.metadata, 'a/b': text } }],
      ] as const;
      for (const [place, payload] of bodies) {
        const response = await post(path, JSON.stringify({ payloads: [sound, payload] }));
        expect(response.status).toBe(400);
        expect(await response.json()).toEqual({ message: `${place} is not base64 with padding` });
      }
    }
  });
});

test('encode is the inverse of decode', async () => {
  const post = await openPost();
  const typed = {
    metadata: { encoding: encode('json/plain') },
    data: encode(JSON.stringify('x'.repeat(5_000))),
  };
  const packed = await (await post('/encode', bodyOf(typed))).text();
  expect(packed.length).toBeLessThan(500);
  expect(await (await post('/decode', packed)).json()).toEqual({ payloads: [payloadToWire(typed)] });
});

describe('the budget of a request', () => {
  const type = { encoding: encode('binary/protobuf'), messageType: encode(ReceiptSchema.typeName) };
  const packed = async (data: Uint8Array, metadata: Payload['metadata'] = type) =>
    compressionCodec.encode([{ metadata: metadata ?? {}, data }]);
  const refused = async (payloads: readonly Payload[]) => {
    const post = await openPost();
    const body = bodyOf(...payloads);
    const response = await post('/decode', body);
    expect(response.status).toBe(413);
    expect((await post('/decode', bodyOf())).status).toBe(200);
    return { bytes: body.length, ...z.object({ message: z.string() }).parse(await response.json()) };
  };

  test('a request whose payloads decompress past the limit together is refused', async () => {
    const half = await packed(new Uint8Array(codecBudget.bytesMax / 2), { encoding: encode('json/plain') });
    const { message, bytes } = await refused([...half, ...half]);
    expect(bytes).toBeLessThan(1_000);
    expect(message).toContain(
      `payload 1, with the payloads before it, is larger than ${codecBudget.bytesMax}`,
    );
  });

  test('empty messages by the million are refused before they are made', async () => {
    const empties = Buffer.alloc(codecBudget.bytesMax / 2, Buffer.from([0x4a, 0]));
    expect((await refused(await packed(empties))).message).toContain(String(codecBudget.elementsMax));
    const plain = Buffer.alloc(2 * codecBudget.elementsMax, Buffer.from([0x4a, 0]));
    expect((await refused([{ metadata: type, data: plain }])).message).toContain('payload 0');
  });

  test('text that grows when it is written as JSON is refused', async () => {
    const bytes = Math.ceil(codecAnswerBytesMax / 6) + 1;
    const grown = toBinary(ReceiptSchema, create(ReceiptSchema, { version: '\u0001'.repeat(bytes) }));
    expect((await refused(await packed(grown))).message).toContain(String(codecAnswerBytesMax));
  });

  test('a body of empty values by the million is refused before it is parsed', async () => {
    const post = await openPost();
    const body = `{"payloads":[${'{},'.repeat(bodyElementsMax / 8)}{}]}`;
    const response = await post('/decode', body);
    expect([response.status, await response.json()]).toEqual([
      413,
      { message: `the body has more than ${bodyElementsMax} values` },
    ]);
  });

  test('more requests than the server holds are refused, and there is room again when they end', async () => {
    const { url } = await openServer();
    const { port } = new URL(url);
    const head = `POST /decode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n`;
    const open = await Promise.all(
      Array.from({ length: codecRequestsMax }, async () => {
        const socket = connect(Number(port), '127.0.0.1');
        onTestFinished(() => void socket.destroy());
        await once(socket, 'connect');
        socket.write(head);
        return socket;
      }),
    );
    const ask = () =>
      fetch(`${url}/decode`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    await vi.waitFor(async () => expect((await ask()).status).toBe(503), { timeout: 10_000 });
    for (const socket of open) socket.destroy();
    await vi.waitFor(async () => expect((await ask()).status).toBe(200), { timeout: 10_000 });
  });
});

describe('a token', () => {
  test('with a token only requests that carry it are answered', async () => {
    const post = await openPost('t0ken');
    for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 't0ken' }]) {
      const response = await post('/decode', '{}', { ...headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toEqual({ message: expect.stringContaining('authorization: Bearer') });
    }
    expect((await post('/decode', '{}', { authorization: 'Bearer t0ken' })).status).toBe(200);
  });

  test('a browser may ask without the token whether it may send it', async () => {
    const { url } = await openServer('t0ken');
    const headers = { origin: ui, 'access-control-request-method': 'POST' };
    expect((await fetch(`${url}/decode`, { method: 'OPTIONS', headers })).status).toBe(204);
  });
});

describe('another origin', () => {
  async function preflight(origin: string) {
    const { url } = await openServer();
    const headers = { origin, 'access-control-request-method': 'POST' };
    return fetch(`${url}/decode`, { method: 'OPTIONS', headers });
  }

  test('the origin of a Temporal UI is allowed, with credentials', async () => {
    const response = await preflight(ui);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ui);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toMatch(
      /content-type.*x-namespace.*authorization/,
    );
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    expect(response.headers.get('vary')).toBe('origin');
  });

  test.each(['http://evil.example', 'http://127.0.0.1:8234', 'null', `${ui}.evil.example`])(
    'another origin is not allowed: %s',
    async (origin) => {
      const response = await preflight(origin);
      expect(response.status).toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(response.headers.get('vary')).toBe('origin');
    },
  );

  test('a request of another origin is refused before its body is read, whatever its content type', async () => {
    const post = await openPost();
    const response = await post('/decode', 'not json', {
      origin: 'http://evil.example',
      'content-type': 'text/plain',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      message: expect.stringContaining('codec_server.allowed_origins'),
    });
  });

  test('an allowed origin can read the answers', async () => {
    const post = await openPost();
    const response = await post('/decode', bodyOf(), { origin: ui });
    expect(response.headers.get('access-control-allow-origin')).toBe(ui);
  });
});

describe('a request that cannot be answered', () => {
  test.each(['/', '/status', '/decode/x', '/decode/', '/decoded', '/%zz'])(
    'the path %s is not found',
    async (path) => {
      const post = await openPost();
      expect((await post(path, bodyOf())).status).toBe(404);
    },
  );

  test.each(['GET', 'PUT', 'DELETE'])('the method %s is answered with the allowed ones', async (method) => {
    const { url } = await openServer();
    const response = await fetch(`${url}/decode`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });

  test.each([
    '',
    'not json',
    'null',
    '[]',
    '{"payloads":{}}',
    '{"payloads":false}',
    '{"payloads":[null]}',
    '{"payloads":["x"]}',
    '{"payloads":[{"data":5}]}',
    '{"payloads":[{"metadata":"x"}]}',
    '{"payloads":[{"metadata":{"encoding":5}}]}',
  ])('the body %j is answered with the expected shape', async (body) => {
    const post = await openPost();
    const response = await post('/decode', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining('{"payloads":') });
  });

  test('a body that is too large is answered with the limit', async () => {
    const post = await openPost();
    const response = await post('/decode', ' '.repeat(codecBodyBytesMax + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: expect.stringContaining(String(codecBodyBytesMax)) });
  });

  test('a body of too many payloads is answered with the limit', async () => {
    const post = await openPost();
    const bodyWith = (count: number) =>
      JSON.stringify({ payloads: Array.from({ length: count }, () => ({})) });
    expect((await post('/decode', bodyWith(codecPayloadsMax))).status).toBe(200);
    const response = await post('/decode', bodyWith(codecPayloadsMax + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: expect.stringContaining(String(codecPayloadsMax)) });
  });

  test('a malformed content type is refused', async () => {
    const post = await openPost();
    const response = await post('/decode', bodyOf(), { 'content-type': 'json' });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ message: 'send application/json' });
  });

  test('a refused request does not affect the server', async () => {
    const post = await openPost();
    await post('/decode', 'not json');
    expect((await post('/decode', bodyOf())).status).toBe(200);
  });
});

test('a port in use is reported with a hint', async () => {
  const { url } = await openServer();
  const port = Number(new URL(url).port);
  await expect(
    startCodecServer({ host: '127.0.0.1', port, allowedOrigins: [], token: '' }),
  ).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining('QMTL_CODEC_SERVER_PORT'),
  });
});

test('a closed server does not answer', async () => {
  const server = await startCodecServer({ host: '127.0.0.1', port: 0, allowedOrigins: [], token: '' });
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});
