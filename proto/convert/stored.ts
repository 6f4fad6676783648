import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { isNodeId, type NodeId } from '../../domain/base/ids.js';
import type { ExecutionContext } from '../../domain/context/execution-context.js';
import type { ControlEvent } from '../../domain/events/control-events.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import type { TopicMismatch } from '../../domain/topics/topic.js';
import * as wire from '../gen/qmtl/v1/stored_pb.js';
import { ExecutionContextSchema, ReceiptSchema } from '../gen/qmtl/v1/submission_pb.js';
import { contextFromWire, contextToWire } from './context.js';
import { eventFromWire, eventToWire } from './event-content.js';
import { malformed, parsed } from './fields.js';
import { mismatchFromWire, mismatchToWire, receiptFromWire, wholeReceiptToWire } from './receipt.js';

/** The protobuf forms of what the graph stores. Readers throw for bytes that are not of their message. */

/** With its whole queue map, which on its way to a client is left out when it is long. */
export function receiptToBytes(receipt: Receipt): Uint8Array {
  return toBinary(ReceiptSchema, wholeReceiptToWire(receipt));
}

export function receiptFromBytes(bytes: Uint8Array): Receipt {
  return receiptFromWire(fromBinary(ReceiptSchema, bytes));
}

export function contextToBytes(context: ExecutionContext): Uint8Array {
  return toBinary(ExecutionContextSchema, contextToWire(context));
}

export function contextFromBytes(bytes: Uint8Array): ExecutionContext {
  return contextFromWire(fromBinary(ExecutionContextSchema, bytes));
}

export function mismatchesToBytes(mismatches: readonly TopicMismatch[]): Uint8Array {
  const message = create(wire.StoredMismatchesSchema, { mismatches: mismatches.map(mismatchToWire) });
  return toBinary(wire.StoredMismatchesSchema, message);
}

export function mismatchesFromBytes(bytes: Uint8Array): readonly TopicMismatch[] {
  return fromBinary(wire.StoredMismatchesSchema, bytes).mismatches.map(mismatchFromWire);
}

export type TagPlan = ReadonlyMap<NodeId, readonly string[]>;

export function tagPlanToBytes(plan: TagPlan): Uint8Array {
  const nodes = [...plan].map(([nodeId, tags]) =>
    create(wire.PlannedTagsSchema, { nodeId, tags: [...tags] }),
  );
  return toBinary(wire.StoredTagPlanSchema, create(wire.StoredTagPlanSchema, { nodes }));
}

export function tagPlanFromBytes(bytes: Uint8Array): TagPlan {
  const { nodes } = fromBinary(wire.StoredTagPlanSchema, bytes);
  return new Map(nodes.map(({ nodeId, tags }) => [parsed(nodeId, isNodeId, 'node_id'), tags]));
}

export function eventToBytes(event: ControlEvent): Uint8Array {
  return toBinary(wire.StoredEventSchema, create(wire.StoredEventSchema, { content: eventToWire(event) }));
}

export function eventFromBytes(bytes: Uint8Array): ControlEvent {
  const { content } = fromBinary(wire.StoredEventSchema, bytes);
  return content.case === undefined ? malformed('event') : eventFromWire(content);
}
