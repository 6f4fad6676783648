import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { QmtlError } from '../../domain/base/errors.js';
import { toProblemDetails } from '../problem.js';

/** Status and reason of bytes that are not a request, by the code of Node's parser. */
const unreadable: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  HPE_INVALID_METHOD: [400, 'the method is unknown'],
};

/** Answers what Node cannot parse as a request, with a problem like every other refusal, and closes the connection. */
export function endUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = unreadable[code ?? ''] ?? [400, 'the request cannot be read'];
  const problem = { ...toProblemDetails(new QmtlError('E_USAGE', reason)), status };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
