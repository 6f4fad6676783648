import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { QmtlError } from '../../domain/base/errors.js';
import { findErrno } from '../../std/node/errno.js';
import { channelArgsFor } from '../../std/node/grpc-proxy.js';

/** The types of search attributes as the Temporal CLI spells them, with their numbers on the wire. */
const attributeTypes = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;
type SearchAttributeTypeName = keyof typeof attributeTypes;
export type SearchAttributes = Readonly<Record<string, SearchAttributeTypeName>>;

const pollMs = 20;
const listenMs = 1_000;

/** Resolves when something listens on a port of the loopback interface; rejects when the signal is aborted. */
export async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!(await accepts(port))) await delay(pollMs, undefined, { signal });
}

async function accepts(port: number): Promise<boolean> {
  return (await connectFailure({ host: '127.0.0.1', port }, listenMs)) === undefined;
}

/** Why a TCP connection fails, as the system's code (`ECONNREFUSED`); undefined when it succeeds. */
export function connectFailure(
  target: { host: string; port: number },
  limitMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: limitMs });
    const settle = (failure: string | undefined): void => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle('ETIMEDOUT'));
    socket.once('error', (error) => settle(findErrno(error) ?? error.message));
  });
}

/** Runs an action with a connection to a server; throws when the server does not answer within the limit. */
export async function withConnection<T>(
  address: string,
  limitMs: number,
  action: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = await import('@temporalio/client').catch((cause: unknown) => {
    throw new QmtlError('E_TOOL_MISSING', 'the package @temporalio/client is not installed', {
      hint: '`qmtl doctor` shows the line that installs it',
      cause,
    });
  });
  const deadline = Date.now() + limitMs;
  const connection = await client.Connection.connect({
    address,
    connectTimeout: limitMs,
    channelArgs: channelArgsFor(address),
  });
  try {
    return await connection.withDeadline(deadline, () => action(connection));
  } finally {
    await connection.close();
  }
}

/** Throws unless a Temporal frontend answers at the address and is healthy. */
export async function requireHealthy(connection: Connection): Promise<void> {
  await connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' });
}

/** The attributes that a namespace lacks. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<string[]> {
  const present = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.keys(wanted).filter((name) => !Object.hasOwn(present.customAttributes, name));
}

export async function addSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> {
  const types = Object.entries(wanted).map(([name, type]) => [name, attributeTypes[type]] as const);
  if (types.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(types),
  });
}
