/**
 * Address and credentials of a Temporal server.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { connectClient, type TemporalAddress } from 'qmtl/client';
 *
 * const address: TemporalAddress = {
 *   address: 'temporal.example.com:7233',
 *   namespace: 'research',
 *   tls: { ca: await readFile('ca.pem') },
 * };
 * const client = await connectClient(address);
 * ```
 */
export interface TemporalAddress {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  /** PEM texts; without it the connection does not use TLS. */
  readonly tls?: {
    readonly ca?: Uint8Array;
    readonly cert?: Uint8Array;
    readonly key?: Uint8Array;
    readonly serverName?: string;
  };
  readonly apiKey?: string;
}

/**
 * Options of `submit`.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import type { SubmitOptions } from 'qmtl/client';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
 * const options: SubmitOptions = { signingKey };
 * ```
 */
export interface SubmitOptions {
  /** An Ed25519 private key in PEM. With it the code of the nodes is signed, and stored with the signatures. */
  readonly signingKey?: string | undefined;
}

/**
 * A connection to the control plane.
 *
 * @example
 * ```ts
 * import { connectClient, type QmtlClient } from 'qmtl/client';
 *
 * const client: QmtlClient = await connectClient({ address: '127.0.0.1:7233', namespace: 'default' });
 * await client.close();
 * ```
 */
export interface QmtlClient {
  readonly address: string;
  readonly namespace: string;
  /** Closes the connection. Submissions continue. */
  close(): Promise<void>;
}

/**
 * The state of a submission, for display.
 *
 * @example
 * ```ts
 * import type { SubmissionProgress } from 'qmtl/client';
 *
 * function line({ state, retrying }: SubmissionProgress): string {
 *   return retrying === undefined ? state : `${state}; retrying ${retrying.step}: ${retrying.reason}`;
 * }
 * ```
 */
export interface SubmissionProgress {
  readonly state: string;
  /** Set while a dependency is unavailable: the submission has not failed, and continues by itself. */
  readonly retrying?: { readonly step: string; readonly code: string; readonly reason: string };
  /** Set while Temporal or every worker is silent: what the state does not show, and why. */
  readonly faults?: readonly { readonly source: string; readonly code: string; readonly message: string }[];
}

/**
 * The numbers of nodes a submission reuses, reuses with another schema, and creates.
 *
 * @example
 * ```ts
 * import type { SubmissionCounts } from 'qmtl/client';
 *
 * const total = ({ reuse, buffering, new: created }: SubmissionCounts) => reuse + buffering + created;
 * ```
 */
export interface SubmissionCounts {
  readonly reuse: number;
  readonly buffering: number;
  readonly new: number;
}

/**
 * The control plane has registered a submission; it is not committed yet.
 *
 * @example
 * ```ts
 * import type { SubmissionAcceptance } from 'qmtl/client';
 *
 * const isNews = ({ joined, counts }: SubmissionAcceptance) => !joined && counts.new > 0;
 * ```
 */
export interface SubmissionAcceptance {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly counts: SubmissionCounts;
  /** Number of topics that are not yet known to exist on the broker. */
  readonly topicsUnverified: number;
  /** The same content was committed before; nothing was created. */
  readonly joined: boolean;
}

/**
 * The permanent result of a submission. The same content submitted again has the same receipt.
 *
 * @example
 * ```ts
 * import type { SubmissionReceipt } from 'qmtl/client';
 *
 * function topicOf(receipt: SubmissionReceipt, nodeId: string): string | undefined {
 *   return receipt.nodes.find((node) => node.nodeId === nodeId)?.topic;
 * }
 * ```
 */
export interface SubmissionReceipt {
  readonly submissionId: string;
  readonly strategyId: string;
  readonly version: string;
  readonly sentinelId: string;
  readonly dagDigest: string;
  /** Where it runs, and on which data. */
  readonly context: {
    readonly worldId: string;
    readonly domain: 'backtest' | 'dryrun' | 'live' | 'shadow';
    /** Data snapshot; '' = none. */
    readonly asOf: string;
    /** Tenancy split; '' = none. */
    readonly partition: string;
    /** Set when safe mode demoted the request to backtest. */
    readonly downgradeReason?: 'decision_unavailable' | 'missing_as_of' | 'stale_decision';
  };
  /** CRC-32 over the node ids in topological order. */
  readonly nodeIdsCrc32: number;
  readonly counts: SubmissionCounts;
  /** Every node, in topological order; empty when that is too much for a receipt. */
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly diff: 'reuse' | 'buffering' | 'new';
    /** The topic of its stream; absent for a tag query, which reads streams and has none. */
    readonly topic?: string;
    /** Tags that this submission added to a node that was there; absent when there are none. */
    readonly tagsAdded?: readonly string[];
  }[];
  readonly nodeCount: number;
  /** Topics whose settings on the broker differ from those of their class. */
  readonly mismatches: readonly {
    readonly topic: string;
    readonly setting: string;
    readonly wanted: string;
    readonly actual: string;
  }[];
  /** The outputs of the strategy with their streams, sorted by name; empty when its DAG names none. */
  readonly outputs: readonly { readonly name: string; readonly nodeId: string; readonly topic: string }[];
  /** Number of tags in all `tagsAdded`; absent when there are none. */
  readonly tagsAdded?: number;
}

/**
 * The result of `receipt()`.
 *
 * @example
 * ```ts
 * import type { SubmissionOutcome } from 'qmtl/client';
 *
 * function line({ receipt, joined }: SubmissionOutcome): string {
 *   return joined ? 'known already' : `${receipt.counts.new} nodes are new`;
 * }
 * ```
 */
export interface SubmissionOutcome {
  readonly receipt: SubmissionReceipt;
  /** The content is known already, or another call is registering it: this call created nothing. */
  readonly joined: boolean;
  /**
   * Whether subscribers hear of it. `pending`: the bus stayed away for as long as a submission waits, and its events follow;
   * `parked`: the bus refused some of them for good, and an operator decides (`qmtl outbox`).
   */
  readonly announcement: 'done' | 'pending' | 'parked';
}

/**
 * A submission that was sent. It continues when this process ends.
 *
 * @example
 * ```ts
 * import type { SubmissionHandle } from 'qmtl/client';
 *
 * async function createdNodes(handle: SubmissionHandle): Promise<number> {
 *   const { receipt } = await handle.receipt();
 *   return receipt.counts.new;
 * }
 * ```
 */
export interface SubmissionHandle {
  /** `blake3:` and 64 hex digits: the hash of the content of the submission. */
  readonly submissionId: string;
  readonly workflowId: string;
  /** Resolves when the control plane has registered it; rejects with all problems when it is refused. */
  accepted(): Promise<SubmissionAcceptance>;
  progress(): Promise<SubmissionProgress>;
  /** Resolves when it is committed and subscribers are notified; rejects when it is refused or cancelled, or runs out of retries. */
  receipt(): Promise<SubmissionOutcome>;
  cancel(): Promise<void>;
}
