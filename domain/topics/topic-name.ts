import { branded, isTopicName, type TopicName } from '../base/ids.js';
import { limits } from '../base/limits.js';
import type { Namespace } from '../context/namespace.js';

/** Hex digits of a NodeID in a topic name: at first, and at most. */
export const shortHashChars = { min: 8, step: 2, max: 32 } as const;

/** Descriptive parts keep at least this much when a name is too long. */
const descriptiveCharsMin = 8;

/** First usable tag: lower-case, without what is not an ASCII letter, digit, `_` or `-`; none: `asset` (docs/spec/topics.md#topic-names). */
export function assetOf(tags: readonly string[]): string {
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
  /** From 2 on, where no length of the hash gives a free name. */
  readonly disambiguator?: number | undefined;
}

/**
 * `{prefix}{asset}_{node_type}_{short_hash}_{version}{suffix}{_v{n}}` (docs/spec/topics.md#topic-names).
 *
 * In node_type, characters other than ASCII letters, digits, `_` and `-` become `-`. A name over Kafka's 249 characters
 * loses the end of node_type, then of asset, both down to 8 characters: what tells nodes, versions and namespaces apart
 * stays whole, and with every part at its own limit the rest fits. Two nodes may still get one name: `planTopic` decides.
 */
export function topicName(parts: TopicNameParts): TopicName {
  const { topicPrefix, topicSuffix } = parts.namespace;
  const disambiguator = parts.disambiguator === undefined ? '' : `_v${parts.disambiguator}`;
  const tail = `_${parts.shortHash}_${parts.version}${topicSuffix}${disambiguator}`;
  const nodeType = parts.nodeType.replace(/[^A-Za-z0-9_-]/gu, '-');
  const room = limits.topicNameCharsMax - topicPrefix.length - tail.length - 1;
  const asset = shorten(parts.asset, room - Math.min(nodeType.length, descriptiveCharsMin));
  return branded(`${topicPrefix}${asset}_${shorten(nodeType, room - asset.length)}${tail}`, isTopicName);
}

function shorten(text: string, charsMax: number): string {
  return text.slice(0, Math.max(charsMax, descriptiveCharsMin));
}

/**
 * What two topics may not share: letter case aside, and with `.` as `_`, because Kafka's metric names do not
 * distinguish these two and refuses the second topic.
 */
export function topicCollisionKey(name: string): string {
  return name.toLowerCase().replaceAll('.', '_');
}

/** `_v2` … `_v1000`. */
export const disambiguatorMax = 1_000;

/**
 * The name a reserved topic moves to when the broker holds a foreign topic too like it: the planned name with
 * `_v2`, `_v3`, …; a name at Kafka's limit loses its end. `isTaken` answers for a collision key.
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
