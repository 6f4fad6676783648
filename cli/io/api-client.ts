import { setTimeout as delay } from 'node:timers/promises';
import { type DescMessage, fromJsonString, type MessageShape } from '@bufbuild/protobuf';
import type { Config } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';
import { unlessInterrupted } from './interruption.js';
import type { CliIo } from './io.js';

const answerMs = 10_000;
/** How often a read waits for a limited rate, and how long at most; the window of the API is a minute. */
const rateWaitsMax = 5;
const rateWaitSecondsMax = 60;

/** Reads of the QMTL API, as protobuf messages. */
export class ApiClient {
  readonly #base: string;
  readonly #io: Pick<CliIo, 'interrupted'>;

  constructor(base: string, io: Pick<CliIo, 'interrupted'>) {
    this.#base = base;
    this.#io = io;
  }

  static of(config: Config, io: CliIo): ApiClient {
    const url = io.env.QMTL_API_URL;
    if (url && !isHttpUrl(url))
      throw new QmtlError('E_CONFIG', 'QMTL_API_URL is not the URL of an API', {
        hint: 'write it like http://127.0.0.1:8080, or unset it',
      });
    return new ApiClient(url || `http://${config.api.host}:${config.api.port}`, io);
  }

  /** Undefined when the API answers 404. */
  async get<D extends DescMessage>(schema: D, path: string): Promise<MessageShape<D> | undefined> {
    const reading = this.#readWhenAllowed(path);
    const stopped = `stopped before the QMTL API at ${this.#base} answered`;
    const { response, body } = await unlessInterrupted(this.#io, reading, stopped, 'nothing has changed');
    if (response.status === 404) return undefined;
    if (response.ok) return this.#parsed(schema, body, path);
    if (response.status === 400) {
      throw new QmtlError('E_USAGE', detailOf(body), { hint: `the request was GET ${path}` });
    }
    throw new QmtlError(
      'E_API_UNAVAILABLE',
      `${this.#base} answered ${response.status} to GET ${path}: ${detailOf(body)}`,
      { hint: 'check that a QMTL API of this version runs there' },
    );
  }

  /** For a path every QMTL API has. */
  missing(): QmtlError {
    return new QmtlError('E_API_UNAVAILABLE', `the server at ${this.#base} is not a QMTL API`, {
      hint: 'check api.port, QMTL_API_PORT and QMTL_API_URL',
    });
  }

  #parsed<D extends DescMessage>(schema: D, body: string, path: string): MessageShape<D> {
    try {
      return fromJsonString(schema, body, { ignoreUnknownFields: true });
    } catch (cause) {
      throw new QmtlError(
        'E_API_UNAVAILABLE',
        `the server at ${this.#base} is not a QMTL API: GET ${path} did not return ${schema.typeName}`,
        { hint: 'check api.port, QMTL_API_PORT and QMTL_API_URL', cause },
      );
    }
  }

  /** A limited rate is waited out: a node may depend on more nodes than the API answers for in a minute. */
  async #readWhenAllowed(path: string): Promise<{ readonly response: Response; readonly body: string }> {
    for (let waits = 0; ; waits += 1) {
      const read = await this.#read(path);
      if (read.response.status !== 429 || waits === rateWaitsMax) return read;
      const seconds = Math.min(Number(read.response.headers.get('retry-after')) || 1, rateWaitSecondsMax);
      await delay(seconds * 1_000, undefined, { signal: this.#io.interrupted });
    }
  }

  async #read(path: string): Promise<{ readonly response: Response; readonly body: string }> {
    try {
      const response = await fetch(new URL(path, this.#base), {
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(answerMs),
      });
      return { response, body: await response.text() };
    } catch (cause) {
      throw new QmtlError('E_API_UNAVAILABLE', `the QMTL API does not answer at ${this.#base}`, {
        hint: 'start it with `qmtl up`, or set QMTL_API_URL to a running one',
        cause,
      });
    }
  }
}

/** `detail` of a Problem+JSON body; any other body, shortened. */
function detailOf(body: string): string {
  return /"detail":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body.slice(0, 200);
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
