/**
 * Where Temporal is, and what it asks for.
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
  /** Absent: no TLS. PEM texts. */
  readonly tls?: {
    readonly ca?: Uint8Array;
    readonly cert?: Uint8Array;
    readonly key?: Uint8Array;
    readonly serverName?: string;
  };
  readonly apiKey?: string;
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
  /** Ends the connection. Submissions go on. */
  close(): Promise<void>;
}

/**
 * Where a submission stands, for a person who waits.
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
  /** Set while something it needs is away: it is in progress, not failed, and goes on by itself. */
  readonly retrying?: { readonly step: string; readonly reason: string };
}

/**
 * How many nodes a submission reuses, reuses with another schema, and creates.
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
  /** Topics that are not known to be on the broker yet. */
  readonly topicsUnverified: number;
  /** The same content had been committed before; nothing was created. */
  readonly joined: boolean;
}

/**
 * The lasting answer to a submission. The same content submitted again gives the same receipt.
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
  /** Where and on which data it runs. */
  readonly context: {
    readonly worldId: string;
    readonly domain: 'backtest' | 'dryrun' | 'live' | 'shadow';
    /** Dataset snapshot; '' = none. */
    readonly asOf: string;
    /** Tenancy split; '' = none. */
    readonly partition: string;
    /** Set when safe mode demoted the request to backtest. */
    readonly downgradeReason?: 'decision_unavailable' | 'missing_as_of' | 'stale_decision';
  };
  /** CRC-32 over the node ids in topological order. */
  readonly nodeIdsCrc32: number;
  readonly counts: SubmissionCounts;
  /** Topic of every node, in topological order; empty for a DAG with too many nodes for a receipt. */
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly diff: 'reuse' | 'buffering' | 'new';
    readonly topic: string;
  }[];
  readonly nodeCount: number;
  /** Topics whose settings on the broker differ from those of their class. */
  readonly mismatches: readonly {
    readonly topic: string;
    readonly setting: string;
    readonly wanted: string;
    readonly actual: string;
  }[];
}

/**
 * What `receipt()` resolves to.
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
  /** The content was known, or is being registered by another call: this call created nothing. */
  readonly joined: boolean;
}

/**
 * A submission that was sent. It goes on when this process ends.
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
  /** `blake3:` and 64 hex digits over everything the submission means. */
  readonly submissionId: string;
  readonly workflowId: string;
  /** Resolves once the control plane has registered it; rejects with every problem when it is refused. */
  accepted(): Promise<SubmissionAcceptance>;
  progress(): Promise<SubmissionProgress>;
  /** Resolves when it is in the graph and consumers were told; rejects only when it was refused, cancelled or its retry budget is used up. */
  receipt(): Promise<SubmissionOutcome>;
  cancel(): Promise<void>;
}
