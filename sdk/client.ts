/**
 * `qmtl/client`: sends strategies to the control plane. Kept apart from `qmtl`, so that a strategy module loads no client.
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
 * await client.connection.close();
 * ```
 */
export { connectClient, type TemporalAddress } from '../temporal/connection.js';
export { type SubmissionHandle, type SubmissionOutcome, type SubmissionProgress, submit } from './submit.js';
