import type { NodeId } from '../base/ids.js';
import type { NodeStatusChanged } from './control-events.js';

/** What a commit transaction changed. */
export interface CommittedChange {
  readonly activated: readonly NodeId[];
  /** Nodes that went into buffering. */
  readonly buffering: readonly NodeId[];
}

/** The events that a commit writes itself: one for each node. The sets its queues enter follow from its activations (`queue-sets.ts`). */
export function commitEvents({ activated, buffering }: CommittedChange): readonly NodeStatusChanged[] {
  const statuses = [
    ...activated.map((nodeId) => ({ nodeId, status: 'active' as const })),
    ...buffering.map((nodeId) => ({ nodeId, status: 'buffering' as const })),
  ];
  return statuses.map((status) => ({ type: 'node_status_changed' as const, ...status }));
}
