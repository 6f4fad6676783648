import { QmtlError } from '../base/errors.js';
import type { NodeId, TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { Namespace } from '../context/namespace.js';
import type { NodeSpec } from '../dag/dag.js';
import {
  classifyTopic,
  type TopicDescription,
  type TopicMismatch,
  type TopicSpec,
  topicSettings,
} from './topic.js';
import {
  disambiguatorMax,
  shortHash,
  shortHashChars,
  toAsset,
  topicCollisionKey,
  topicName,
} from './topic-name.js';

/** The part of a node that its topic name is built from. */
export type TopicNode = Pick<NodeSpec, 'nodeId' | 'nodeType' | 'tags'>;

/** Possible names of a node's topic in order of preference: longer and longer short hashes, then `_v{n}`. All different. */
export function* topicCandidates(
  node: TopicNode,
  version: string,
  namespace: Namespace,
  generation = 1,
): Generator<TopicName, void, undefined> {
  const parts = { asset: toAsset(node.tags), nodeType: node.nodeType, version, namespace, generation };
  const longest = (shortHashChars.max - shortHashChars.min) / shortHashChars.step;
  for (let longer = 0; longer <= longest; longer += 1) {
    yield topicName({ ...parts, shortHash: shortHash(node.nodeId, longer) });
  }
  for (let disambiguator = 2; disambiguator <= disambiguatorMax; disambiguator += 1) {
    yield topicName({ ...parts, shortHash: shortHash(node.nodeId, longest), disambiguator });
  }
}

/**
 * The topic of a node's new queue: the first candidate that is free or already belongs to this node (I-5).
 *
 * `ownerOf` takes a collision key (`topicCollisionKey`) and returns the NodeID whose current queue holds it in this namespace, any other
 * text for a holder elsewhere, of an earlier generation or unknown, undefined when it is free. Call it only for a node without a queue in the namespace:
 * otherwise a name freed meanwhile could give it a second one.
 *
 * Throws RangeError when all candidates are taken, which means that `ownerOf` is wrong.
 */
export function planTopic(
  node: TopicNode,
  version: string,
  namespace: Namespace,
  ownerOf: (collisionKey: string) => NodeId | string | undefined,
  generation = 1,
): TopicSpec {
  for (const topic of topicCandidates(node, version, namespace, generation)) {
    const owner = ownerOf(topicCollisionKey(topic));
    if (owner === undefined || owner === node.nodeId) {
      return { ...topicSettings[classifyTopic(node.nodeType)], topic };
    }
  }
  throw new RangeError(`every topic name of node ${node.nodeId} is taken`);
}

/** Replicas of a topic: those of its class, capped by the number of brokers that the cluster has. */
export function cappedReplication(wanted: number, replicasMax: number): number {
  return Math.max(1, Math.min(wanted, replicasMax));
}

/** How many replicas must have a write: one broker may be away (docs/spec/topics.md#settings). */
export function minInsyncReplicas(replicas: number): number {
  return Math.max(1, replicas - 1);
}

/**
 * Throws E_BROKER_UNAVAILABLE when fewer brokers are up than topics need: a topic keeps the replicas it is made with, so one that is made
 * meanwhile would lack some for good (ADR 21).
 */
export function refuseMissingBrokers(
  specs: readonly TopicSpec[],
  brokersUp: number,
  replicasMax: number,
): void {
  const needed = Math.max(1, ...specs.map((spec) => cappedReplication(spec.replicationFactor, replicasMax)));
  if (brokersUp >= needed) return;
  throw new QmtlError(
    'E_BROKER_UNAVAILABLE',
    `topics with ${needed} replicas need ${needed} brokers, and ${brokersUp} are up`,
    {
      hint: 'start the missing brokers; for a smaller cluster set topics.replicas_max to its number of brokers',
    },
  );
}

/** Throws E_LIMIT_EXCEEDED when one request has too many topics. */
export function refuseTooManyTopics(count: number): void {
  if (count <= limits.topicsPerRequestMax) return;
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `${count} topics in one request; at most ${limits.topicsPerRequestMax} are allowed`,
  );
}

/** Settings of a topic that differ from those of its class, in Kafka's names; they are reported, never changed (docs/spec/topics.md#settings). */
export function compareTopic(
  spec: TopicSpec,
  actual: TopicDescription,
  replicasMax: number,
): readonly TopicMismatch[] {
  const replication = cappedReplication(spec.replicationFactor, replicasMax);
  const asked =
    replication === spec.replicationFactor ? '' : ` (${spec.replicationFactor}, capped by brokers)`;
  const settings: readonly (readonly [string, string | number, string | number, string])[] = [
    ['partitions', spec.partitions, actual.partitions, ''],
    ['replication.factor', replication, actual.replicationFactor, asked],
    ['min.insync.replicas', minInsyncReplicas(replication), actual.minInsyncReplicas, ''],
    ['retention.ms', spec.retentionMs, actual.retentionMs, ''],
    ['cleanup.policy', spec.cleanupPolicy, actual.cleanupPolicy, ''],
  ];
  return settings
    .filter(([, wanted, found]) => wanted !== found)
    .map(([setting, wanted, found, note]) => ({
      topic: spec.topic,
      setting,
      wanted: `${wanted}${note}`,
      actual: String(found),
    }));
}
