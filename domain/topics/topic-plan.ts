import { QmtlError } from '../base/errors.js';
import type { NodeId, TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { Namespace } from '../context/namespace.js';
import type { NodeSpec } from '../dag/dag.js';
import {
  type TopicDescription,
  type TopicMismatch,
  type TopicSpec,
  topicClassOf,
  topicSettings,
} from './topic.js';
import {
  assetOf,
  disambiguatorMax,
  shortHash,
  shortHashChars,
  topicCollisionKey,
  topicName,
} from './topic-name.js';

/** What a topic name is made of. */
export type TopicNode = Pick<NodeSpec, 'nodeId' | 'nodeType' | 'tags'>;

/** Names a node's topic may have, most wanted first: longer and longer short hashes, then `_v{n}`. All different. */
export function* topicCandidates(
  node: TopicNode,
  version: string,
  namespace: Namespace,
): Generator<TopicName, void, undefined> {
  const parts = { asset: assetOf(node.tags), nodeType: node.nodeType, version, namespace };
  const longest = (shortHashChars.max - shortHashChars.min) / shortHashChars.step;
  for (let longer = 0; longer <= longest; longer += 1) {
    yield topicName({ ...parts, shortHash: shortHash(node.nodeId, longer) });
  }
  for (let disambiguator = 2; disambiguator <= disambiguatorMax; disambiguator += 1) {
    yield topicName({ ...parts, shortHash: shortHash(node.nodeId, longest), disambiguator });
  }
}

/**
 * The topic a node's new queue gets: the first candidate that is free or already this node's (I-5).
 *
 * `ownerOf` answers, for a collision key (`topicCollisionKey`), the NodeID that holds it in this namespace, anything
 * else for a holder elsewhere or unknown, undefined when it is free. Ask only for a node without a queue in the
 * namespace: a name freed meanwhile could otherwise give it a second one.
 *
 * Throws RangeError when all candidates are taken: then `ownerOf` is not what it should be.
 */
export function planTopic(
  node: TopicNode,
  version: string,
  namespace: Namespace,
  ownerOf: (collisionKey: string) => NodeId | string | undefined,
): TopicSpec {
  for (const topic of topicCandidates(node, version, namespace)) {
    const owner = ownerOf(topicCollisionKey(topic));
    if (owner === undefined || owner === node.nodeId) {
      return { ...topicSettings[topicClassOf(node.nodeType)], topic };
    }
  }
  throw new RangeError(`every topic name of node ${node.nodeId} is taken`);
}

/** Replicas a topic can have: what its class asks for, capped by the brokers there are. */
export function cappedReplication(wanted: number, brokerCount: number): number {
  return Math.max(1, Math.min(wanted, brokerCount));
}

/** Throws E_LIMIT_EXCEEDED when one request asks for more topics than a broker is asked for at once. */
export function refuseTooManyTopics(count: number): void {
  if (count <= limits.topicsPerRequestMax) return;
  throw new QmtlError(
    'E_LIMIT_EXCEEDED',
    `${count} topics in one request, at most ${limits.topicsPerRequestMax}`,
  );
}

/** Where a topic differs from what its class asks for, in Kafka's names; never a reason to change it silently (docs/spec/topics.md#settings). */
export function compareTopic(
  spec: TopicSpec,
  actual: TopicDescription,
  brokerCount: number,
): readonly TopicMismatch[] {
  const replication = cappedReplication(spec.replicationFactor, brokerCount);
  const asked =
    replication === spec.replicationFactor ? '' : ` (${spec.replicationFactor}, capped by brokers)`;
  const settings: readonly (readonly [string, string | number, string | number, string])[] = [
    ['partitions', spec.partitions, actual.partitions, ''],
    ['replication.factor', replication, actual.replicationFactor, asked],
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
