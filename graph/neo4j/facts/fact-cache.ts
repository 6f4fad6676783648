import { LRUCache } from 'lru-cache';
import type { NodeId } from '../../../domain/base/ids.js';
import type { KnownNode, KnownQueue } from '../../../domain/dag/diff.js';

/**
 * What the graph knows about a node and its current queue in one namespace. Its tags may be out of date: a node gets tags without a new epoch,
 * and never loses one.
 */
export interface Fact {
  readonly node: KnownNode;
  /** Of a query, which has no queue. */
  readonly query?: { readonly committed: boolean; readonly reservedBy: string | undefined };
  readonly queue?: Omit<KnownQueue, 'own'> & { readonly reservedBy: string; readonly verified: boolean };
}

export interface FactCacheLimits {
  readonly entriesMax: number;
  /** Characters of the cached nodes: bounds a cache of unusually large nodes. */
  readonly charsMax: number;
}

/** A typical node has about 700 characters: 200,000 of them fit twice. */
const defaultLimits: FactCacheLimits = { entriesMax: 200_000, charsMax: 256 * 1024 * 1024 };

/**
 * Facts about nodes with an active queue and about committed queries, by namespace, all read under the epoch lock at one epoch (`epoch.ts`). The least
 * recently used ones are evicted first. Only such facts: all others may change without a new epoch.
 */
export class FactCache {
  readonly #facts: LRUCache<string, Fact>;
  #epoch = -1;

  constructor({ entriesMax, charsMax }: FactCacheLimits = defaultLimits) {
    this.#facts = new LRUCache({ max: entriesMax, maxSize: charsMax, sizeCalculation: charsOf });
  }

  /** The cached facts about these nodes at this epoch. */
  lookUp(epoch: number, namespaceKey: string, nodeIds: readonly NodeId[]): Map<NodeId, Fact> {
    const found = new Map<NodeId, Fact>();
    if (epoch !== this.#epoch) return found;
    for (const nodeId of nodeIds) {
      const fact = this.#facts.get(keyOf(namespaceKey, nodeId));
      if (fact !== undefined) found.set(nodeId, fact);
    }
    return found;
  }

  /** The epoch of the cached facts; -1: none yet. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Caches the lasting ones of these facts. They must have been read under the epoch lock at `epoch`. */
  keep(epoch: number, namespaceKey: string, facts: Iterable<Fact>): void {
    if (epoch < this.#epoch) return;
    if (epoch > this.#epoch) this.#facts.clear();
    this.#epoch = epoch;
    for (const fact of facts) {
      if (lasts(fact)) this.#facts.set(keyOf(namespaceKey, fact.node.nodeId), fact);
    }
  }
}

/** Whether a fact holds until the epoch changes. */
export function lasts({ queue, query }: Fact): boolean {
  return queue?.state === 'active' || query?.committed === true;
}

/** The queue of a node, unless it is gone: then the node gets another one. */
export function liveQueue(fact: Fact | undefined): Fact['queue'] {
  return fact?.queue?.state === 'collected' ? undefined : fact?.queue;
}

function keyOf(namespaceKey: string, nodeId: NodeId): string {
  return `${namespaceKey}|${nodeId}`;
}

function charsOf({ node }: Fact): number {
  // Ids, the queue's name and the objects themselves cost about the same for every node.
  return 400 + node.paramsCanon.length + 80 * node.dependencies.length + node.tags.join().length;
}
