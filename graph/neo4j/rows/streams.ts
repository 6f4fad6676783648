import { blake3Hex } from '../../../domain/base/blake3.js';
import type { NodeId } from '../../../domain/base/ids.js';
import { toStreamKey } from '../../../domain/events/control-events.js';

/** The name of the stream of a node's status in the graph. */
export function statusStream(nodeId: NodeId): string {
  return blake3Hex(toStreamKey({ type: 'node_status_changed', nodeId, status: 'active' }));
}
