import type { NodeId } from '../../../domain/base/ids.js';
import type { ControlEvent, QueueUpdated } from '../../../domain/events/control-events.js';
import type { Receipt } from '../../../domain/submissions/submission.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import { isPlainObject } from '../../../std/json.js';

/**
 * Values stored as JSON text: they are read as written, and no query looks into them.
 * The checks recognise what QMTL wrote; they do not validate every field again.
 */
export function isReceipt(value: unknown): value is Receipt {
  return (
    hasTexts(value, ['submissionId', 'strategyId', 'version', 'sentinelId', 'dagDigest']) &&
    hasNumbers(value, ['nodeIdsCrc32', 'nodeCount']) &&
    hasTexts(value.context, ['worldId', 'domain', 'asOf', 'partition']) &&
    hasNumbers(value.counts, ['reuse', 'buffering', 'new']) &&
    isListOf(value.nodes, isReceiptNode) &&
    isMismatches(value.mismatches)
  );
}

function isReceiptNode(value: unknown): boolean {
  if (!hasTexts(value, ['nodeId', 'diff'])) return false;
  const { topic, tagsAdded } = value;
  return (
    (topic === undefined || typeof topic === 'string') && (tagsAdded === undefined || isTexts(tagsAdded))
  );
}

export function isTexts(value: unknown): value is readonly string[] {
  return isListOf(value, (item) => typeof item === 'string');
}

export function isMismatches(value: unknown): value is readonly TopicMismatch[] {
  return isListOf(value, (item) => hasTexts(item, ['topic', 'setting', 'wanted', 'actual']));
}

/** The nodes of a stored DAG, as far as their names are concerned. */
export function isNamedDag(
  value: unknown,
): value is { readonly nodes: readonly { readonly nodeId: NodeId; readonly name?: string }[] } {
  return isPlainObject(value) && isListOf(value.nodes, (node) => hasTexts(node, ['nodeId']));
}

const eventTexts: Readonly<Record<ControlEvent['type'], readonly string[]>> = {
  queue_updated: ['matchMode'],
  queue_lifecycle: ['queue', 'action', 'reason'],
  sentinel_weight_updated: ['sentinelId', 'sentinelVersion', 'worldId'],
  node_status_changed: ['nodeId', 'status'],
};

export function isControlEvent(value: unknown): value is ControlEvent {
  if (!isPlainObject(value)) return false;
  const { type } = value;
  if (typeof type !== 'string' || !isEventType(type) || !hasTexts(value, eventTexts[type])) return false;
  if (type === 'node_status_changed') return true;
  return hasNumbers(value, ['version']) && (type !== 'queue_updated' || isQueueUpdated(value));
}

function isQueueUpdated(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<keyof QueueUpdated, unknown>> {
  return (
    hasNumbers(value, ['interval']) &&
    typeof value.truncated === 'boolean' &&
    isTexts(value.tags) &&
    isListOf(value.queues, (queue) => hasTexts(queue, ['queue']))
  );
}

function isEventType(text: string): text is ControlEvent['type'] {
  return Object.hasOwn(eventTexts, text);
}

function isListOf(value: unknown, is: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(is);
}

function hasTexts(value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isPlainObject(value) && names.every((name) => typeof value[name] === 'string');
}

function hasNumbers(value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isPlainObject(value) && names.every((name) => typeof value[name] === 'number');
}
