import type { Client } from '@temporalio/client';
import { QmtlError } from '../../domain/base/errors.js';
import { readOptions } from '../nodes/checked-argument.js';
import { type Kind, kindOf, text } from '../nodes/member-kinds.js';
import { needing } from './optional-packages.js';
import type { QmtlClient, SubmissionHandle, SubmitOptions, TemporalAddress } from './submission-types.js';
import { submit as submitOver } from './submit.js';

/** Kept here, so that the public types contain no type of Temporal. */
const connected = new WeakMap<QmtlClient, Client>();

/**
 * Connects to the Temporal server of a control plane. This needs the packages of Temporal's client, which are not installed
 * with `qmtl`: `E_TOOL_MISSING` has the command.
 *
 * Rejects with `E_TEMPORAL_UNAVAILABLE` when no server answers, with `E_CONFIG` when it refuses the credentials, and with
 * `E_USAGE` when a member of the address is not what it must be.
 *
 * @example
 * ```ts
 * import { connectClient, submit } from 'qmtl/client';
 * import { loadStrategy } from 'qmtl';
 *
 * const crossover = await loadStrategy('ma-crossover.ts');
 * const client = await connectClient({ address: '127.0.0.1:7233', namespace: 'default' });
 * const handle = await submit(client, crossover.toSubmissionDocument({ world: 'demo', domain: 'backtest', asOf: '2020-04-17' }));
 * const { receipt, joined } = await handle.receipt();
 * await client.close();
 * ```
 */
export async function connectClient(access: TemporalAddress): Promise<QmtlClient> {
  const names = ['address', 'namespace', 'tls', 'apiKey'] as const;
  const { address, namespace, tls, apiKey } = readOptions('connectClient()', access, names, (given) => ({
    address: given.required('address', text, ''),
    namespace: given.required('namespace', text, ''),
    tls: given.optional('tls', tlsTexts),
    apiKey: given.optional('apiKey', text),
  }));
  const client = await needing('client', async () => {
    const { connectClient: connect } = await import('../../temporal/connection.js');
    return connect({
      address,
      namespace,
      ...(tls === undefined ? {} : { tls: pemBuffers(tls) }),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  });
  const made: QmtlClient = Object.freeze({ address, namespace, close: () => client.connection.close() });
  connected.set(made, client);
  return made;
}

/**
 * Sends a submission document (`strategy.toSubmissionDocument(…)`, or one written by hand) to the control plane.
 *
 * Everything the control plane would refuse is refused here first, with the same problems and before anything is sent.
 * A document of a strategy that this process compiled is not checked again.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { connectClient, submit } from 'qmtl/client';
 *
 * const client = await connectClient({ address: '127.0.0.1:7233', namespace: 'default' });
 * const document: unknown = JSON.parse(await readFile('submission.json', 'utf8'));
 * const handle = await submit(client, document);
 * console.log((await handle.accepted()).counts.new);
 * await client.close();
 * ```
 */
export async function submit(
  client: QmtlClient,
  document: unknown,
  options: SubmitOptions = {},
): Promise<SubmissionHandle> {
  const given = readOptions('submit()', options, ['signingKey'], (members) => ({
    signingKey: members.optional('signingKey', text),
  }));
  const temporal = connected.get(client);
  if (temporal === undefined) {
    throw new QmtlError('E_USAGE', 'submit() was given something that is not a client', {
      hint: 'pass the client that connectClient() of the same copy of the package returned',
    });
  }
  const { submission, ...handle } = await submitOver(temporal, document, given);
  return { submissionId: submission.submissionId, ...handle };
}

const tlsTexts: Kind<NonNullable<TemporalAddress['tls']>> = kindOf(
  'an object of PEM texts',
  'pass { ca, cert, key }, as readFile() returns them, and { serverName } as a string',
  (value): value is NonNullable<TemporalAddress['tls']> =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, member]: [string, unknown]) =>
      name === 'serverName' ? typeof member === 'string' : member instanceof Uint8Array,
    ),
);

function pemBuffers({ serverName, ...texts }: NonNullable<TemporalAddress['tls']>) {
  const buffers = Object.entries(texts).map(([name, pem]) => [name, Buffer.from(pem)] as const);
  return { ...Object.fromEntries(buffers), ...(serverName === undefined ? {} : { serverName }) };
}
