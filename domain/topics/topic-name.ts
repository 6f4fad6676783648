import { branded, isTopicName, type TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { Namespace } from '../context/namespace.js';

/** Hex digits of a NodeID in a topic name: first, step and maximum. */
export const shortHashChars = { min: 8, step: 2, max: 32 } as const;

/** Minimum length of a descriptive part when a name is too long. A later generation takes its characters from there. */
const descriptiveCharsMin = { firstGeneration: 8, laterGeneration: 4 } as const;

/** First usable tag: lower case, without anything but ASCII letters, digits, `_` and `-`; none: `asset` (docs/spec/topics.md#topic-names). */
export function toAsset(tags: readonly string[]): string {
  for (const tag of tags) {
    const asset = tag.toLowerCase().replace(/[^a-z0-9_-]/gu, '');
    if (/[a-z0-9]/.test(asset)) return asset;
  }
  return 'asset';
}

/** First `8 + 2 × longer` hex digits of a NodeID, at most 32. */
export function shortHash(nodeId: string, longer = 0): string {
  const hex = nodeId.slice(nodeId.indexOf(':') + 1);
  return hex.slice(0, Math.min(shortHashChars.min + shortHashChars.step * longer, shortHashChars.max));
}

export interface TopicNameParts {
  readonly asset: string;
  readonly nodeType: string;
  readonly shortHash: string;
  /** A version label, at most `limits.versionCharsMax` characters. */
  readonly version: string;
  readonly namespace: Pick<Namespace, 'topicPrefix' | 'topicSuffix'>;
  /** Of the queue; 1 when absent. */
  readonly generation?: number | undefined;
  /** From 2 on, when no length of the hash gives a free name. */
  readonly disambiguator?: number | undefined;
}

/**
 * `{prefix}{asset}_{node_type}_{short_hash}_{version}{suffix}{_g{generation}}{_v{n}}` (docs/spec/topics.md#topic-names).
 *
 * In node_type, every character but ASCII letters, digits, `_` and `-` becomes `-`. A name over Kafka's 249 characters loses
 * the end of node_type, then of asset, each down to 8 characters, from generation 2 on to 4. The parts by which nodes, versions,
 * namespaces and generations differ stay whole, and fit with every part at its own limit. Two nodes may still get the same name: `planTopic`
 * resolves that.
 */
export function topicName(parts: TopicNameParts): TopicName {
  const { topicPrefix, topicSuffix } = parts.namespace;
  const { generation = 1 } = parts;
  if (generation > limits.queueGenerationsMax) throw new RangeError(`generation ${generation} of a queue`);
  const isFirst = generation === 1;
  const charsMin = isFirst ? descriptiveCharsMin.firstGeneration : descriptiveCharsMin.laterGeneration;
  const disambiguator = parts.disambiguator === undefined ? '' : `_v${parts.disambiguator}`;
  const tail = `_${parts.shortHash}_${parts.version}${topicSuffix}${isFirst ? '' : `_g${generation}`}${disambiguator}`;
  const nodeType = parts.nodeType.replace(/[^A-Za-z0-9_-]/gu, '-');
  const room = limits.topicNameCharsMax - topicPrefix.length - tail.length - 1;
  const asset = shorten(parts.asset, room - Math.min(nodeType.length, charsMin), charsMin);
  return branded(
    `${topicPrefix}${asset}_${shorten(nodeType, room - asset.length, charsMin)}${tail}`,
    isTopicName,
  );
}

function shorten(text: string, charsMax: number, charsMin: number): string {
  return text.slice(0, Math.max(charsMax, charsMin));
}

/**
 * Two topics must differ in this key: the name in lower case with `.` as `_`. Kafka's metric names do not distinguish the
 * two characters, so it refuses the second topic.
 */
export function topicCollisionKey(name: string): string {
  return name.toLowerCase().replaceAll('.', '_');
}

/** `_v2` … `_v1000`. */
export const disambiguatorMax = 1_000;

/**
 * The new name of a reserved topic that collides with a foreign topic on the broker: the planned name with `_v2`, `_v3`, …;
 * a name at Kafka's limit loses its end. `isTaken` takes a collision key.
 */
export function disambiguatedTopic(
  planned: TopicName,
  isTaken: (collisionKey: string) => boolean,
): TopicName {
  for (let n = 2; n <= disambiguatorMax; n += 1) {
    const suffix = `_v${n}`;
    const candidate = `${planned.slice(0, limits.topicNameCharsMax - suffix.length)}${suffix}`;
    if (isTopicName(candidate) && !isTaken(topicCollisionKey(candidate))) return candidate;
  }
  throw new RangeError(`every name like ${planned} is taken`);
}
