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

/** The share of the limits from which on it is noted which facts are used. */
const orderedFrom = 0.5;

/** A typical node is some 700 characters: 200,000 of them fit twice. */
const defaultLimits: FactCacheLimits = { entriesMax: 200_000, charsMax: 256 * 1024 * 1024 };

/**
 * Facts about nodes with an active queue, by namespace, all read under the epoch lock at one epoch (`epoch.ts`). Least
 * recently used ones go first. Only such facts: everything else may change without the epoch being counted up.
 */
export class FactCache {
  readonly #limits: FactCacheLimits;
  readonly #facts = new Map<string, Fact>();
  #chars = 0;
  #epoch = -1;

  constructor(limits: FactCacheLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** The facts known of these nodes at this epoch. */
  lookUp(epoch: number, namespaceKey: string, nodeIds: readonly NodeId[]): Map<NodeId, Fact> {
    const found = new Map<NodeId, Fact>();
    if (epoch !== this.#epoch) return found;
    // The map's order is the order of use, once it matters: keeping it costs more than the look-up itself.
    const keepOrder = this.#exceeds(orderedFrom);
    for (const nodeId of nodeIds) {
      const key = keyOf(namespaceKey, nodeId);
      const fact = this.#facts.get(key);
      if (fact === undefined) continue;
      found.set(nodeId, fact);
      if (!keepOrder) continue;
      this.#facts.delete(key);
      this.#facts.set(key, fact);
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
    if (epoch > this.#epoch) this.#startOver(epoch);
    for (const fact of facts) {
      if (!lasts(fact)) continue;
      const key = keyOf(namespaceKey, fact.node.nodeId);
      if (this.#facts.has(key)) continue;
      this.#facts.set(key, fact);
      this.#chars += charsOf(fact);
    }
    this.#evict();
  }

  #startOver(epoch: number): void {
    this.#facts.clear();
    this.#chars = 0;
    this.#epoch = epoch;
  }

  #evict(): void {
    for (const [key, fact] of this.#facts) {
      if (!this.#exceeds(1)) return;
      this.#facts.delete(key);
      this.#chars -= charsOf(fact);
    }
  }

  /** Whether more is kept than this share of what may be. */
  #exceeds(share: number): boolean {
    return this.#facts.size > share * this.#limits.entriesMax || this.#chars > share * this.#limits.charsMax;
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
