import type { NodeSpec } from '../../../domain/dag/dag.js';
import type { NodeStatusChanged, QueueUpdated } from '../../../domain/events/control-events.js';
import type { Receipt } from '../../../domain/submissions/submission.js';
import type { TopicMismatch } from '../../../domain/topics/topic.js';
import { isPlainObject } from '../../../std/json.js';

/**
 * Values that releases before format 3 stored as JSON text, for their migration. The checks recognise what those releases wrote; they do
 * not validate every field again.
 */

/** Of a release that knew no outputs. */
export type JsonReceipt = Omit<Receipt, 'outputs'>;

export function isJsonReceipt(value: unknown): value is JsonReceipt {
  return (
    hasTexts(value, ['submissionId', 'strategyId', 'version', 'sentinelId', 'dagDigest']) &&
    hasNumbers(value, ['nodeIdsCrc32', 'nodeCount']) &&
    hasTexts(value.context, ['worldId', 'domain', 'asOf', 'partition']) &&
    hasNumbers(value.counts, ['reuse', 'buffering', 'new']) &&
    isListOf(value.nodes, isReceiptNode) &&
    isJsonMismatches(value.mismatches)
  );
}

function isReceiptNode(value: unknown): boolean {
  if (!hasTexts(value, ['nodeId', 'diff'])) return false;
  const { topic, tagsAdded } = value;
  return (
    (topic === undefined || typeof topic === 'string') && (tagsAdded === undefined || isJsonTexts(tagsAdded))
  );
}

export function isJsonTexts(value: unknown): value is readonly string[] {
  return isListOf(value, (item) => typeof item === 'string');
}

export function isJsonMismatches(value: unknown): value is readonly TopicMismatch[] {
  return isListOf(value, (item) => hasTexts(item, ['topic', 'setting', 'wanted', 'actual']));
}

export function isJsonDag(value: unknown): value is { readonly nodes: readonly NodeSpec[] } {
  return isPlainObject(value) && isListOf(value.nodes, isNode);
}

const nodeTexts = ['nodeId', 'nodeType', 'paramsCanon', 'schemaCompatId', 'codeHash'];
const describingTexts = ['schemaHash', 'name', 'owner'] as const;

function isNode(value: unknown): boolean {
  return (
    hasTexts(value, nodeTexts) &&
    hasNumbers(value, ['interval', 'period']) &&
    isJsonTexts(value.dependencies) &&
    isJsonTexts(value.tags) &&
    describingTexts.every((name) => value[name] === undefined || typeof value[name] === 'string')
  );
}

/** The only events that were ever written. */
export function isJsonEvent(value: unknown): value is QueueUpdated | NodeStatusChanged {
  if (!isPlainObject(value)) return false;
  return value.type === 'queue_updated'
    ? isQueueUpdated(value)
    : value.type === 'node_status_changed' && hasTexts(value, ['nodeId', 'status']);
}

function isQueueUpdated(value: Readonly<Record<string, unknown>>): boolean {
  return (
    hasTexts(value, ['matchMode']) &&
    hasNumbers(value, ['interval', 'version']) &&
    typeof value.truncated === 'boolean' &&
    isJsonTexts(value.tags) &&
    isListOf(value.queues, (queue) => hasTexts(queue, ['queue']))
  );
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
