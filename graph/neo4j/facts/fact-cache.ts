import { LRUCache } from 'lru-cache';
import type { NodeId, TopicName } from '../../../domain/base/ids.js';
import type { KnownNode, QueueState } from '../../../domain/dag/diff.js';

/** What the graph knows of a node, and of its queue in one namespace. */
export interface Fact {
  readonly node: KnownNode;
  readonly queue?: {
    readonly topic: TopicName;
    readonly state: QueueState;
    readonly reservedBy: string;
    readonly verified: boolean;
  };
}

export interface FactCacheLimits {
  readonly entriesMax: number;
  /** Characters of the nodes kept: what a cache of unusually large nodes costs. */
  readonly charsMax: number;
}

/** A typical node is some 700 characters: 200,000 of them fit twice. */
const defaultLimits: FactCacheLimits = { entriesMax: 200_000, charsMax: 256 * 1024 * 1024 };

/**
 * Facts about nodes with an active queue, by namespace, all read under the epoch lock at one epoch (`epoch.ts`). Least
 * recently used ones go first. Only such facts: everything else may change without the epoch being counted up.
 */
export class FactCache {
  readonly #facts: LRUCache<string, Fact>;
  #epoch = -1;

  constructor({ entriesMax, charsMax }: FactCacheLimits = defaultLimits) {
    this.#facts = new LRUCache({ max: entriesMax, maxSize: charsMax, sizeCalculation: charsOf });
  }

  /** The facts known of these nodes at this epoch. */
  lookUp(epoch: number, namespaceKey: string, nodeIds: readonly NodeId[]): Map<NodeId, Fact> {
    const found = new Map<NodeId, Fact>();
    if (epoch !== this.#epoch) return found;
    for (const nodeId of nodeIds) {
      const fact = this.#facts.get(keyOf(namespaceKey, nodeId));
      if (fact !== undefined) found.set(nodeId, fact);
    }
    return found;
  }

  /** The newest epoch facts are kept of; -1: none yet. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Keeps those of the facts that last. They must have been read under the epoch lock at `epoch`. */
  keep(epoch: number, namespaceKey: string, facts: Iterable<Fact>): void {
    if (epoch < this.#epoch) return;
    if (epoch > this.#epoch) this.#facts.clear();
    this.#epoch = epoch;
    for (const fact of facts) {
      const key = keyOf(namespaceKey, fact.node.nodeId);
      if (lasts(fact) && !this.#facts.has(key)) this.#facts.set(key, fact);
    }
  }
}

/** Whether a fact holds until the epoch is counted up. */
export function lasts({ queue }: Fact): boolean {
  return queue?.state === 'active';
}

function keyOf(namespaceKey: string, nodeId: NodeId): string {
  return `${namespaceKey}|${nodeId}`;
}

function charsOf({ node }: Fact): number {
  // Ids, the queue's name and what the objects themselves cost are much the same for every node.
  return 400 + node.paramsCanon.length + 80 * node.dependencies.length + node.tags.join().length;
}
