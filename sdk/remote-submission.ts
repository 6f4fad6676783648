import type { Client } from '@temporalio/client';
import { QmtlError } from '../domain/base/errors.js';
import { needing } from './optional-packages.js';
import type { QmtlClient, SubmissionHandle, TemporalAddress } from './submission-types.js';
import { submit as submitOver } from './submit.js';

/** Kept here, so that what an author sees has no type of Temporal in it. */
const connected = new WeakMap<QmtlClient, Client>();

/**
 * Connects to the Temporal server of a control plane. It needs the packages of Temporal's client, which `qmtl` does not
 * install by itself; `E_TOOL_MISSING` says how.
 *
 * Rejects with `E_TEMPORAL_UNAVAILABLE` when no server answers, and `E_CONFIG` when it refuses the credentials.
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
  const { address, namespace, tls, apiKey } = access;
  const client = await needing('client', async () => {
    const { connectClient: connect } = await import('../temporal/connection.js');
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
 * Everything the control plane would refuse is refused here first, with the same problems: nothing has been sent then.
 * A document of this process's own strategies is not checked twice.
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
export async function submit(client: QmtlClient, document: unknown): Promise<SubmissionHandle> {
  const temporal = connected.get(client);
  if (temporal === undefined) {
    throw new QmtlError('E_USAGE', 'submit() was given something that is not a client', {
      hint: 'give what connectClient() of this copy of the package resolved to',
    });
  }
  const { submission, ...handle } = await submitOver(temporal, document);
  return { submissionId: submission.submissionId, ...handle };
}

function pemBuffers({ serverName, ...texts }: NonNullable<TemporalAddress['tls']>) {
  const buffers = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
  return { ...Object.fromEntries(buffers), ...(serverName === undefined ? {} : { serverName }) };
}
