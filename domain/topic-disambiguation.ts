import { isTopicName, type TopicName } from './ids.js';
import { limits } from './limits.js';
import { topicCollisionKey } from './topic-name.js';

/** `_v2` … `_v1000`. */
export const disambiguatorMax = 1_000;

/**
 * The name a reserved topic moves to when the broker holds a foreign topic too like it (resolution C9): the planned name
 * with `_v2`, `_v3`, …; a name at Kafka's limit loses its end. `isTaken` answers for a collision key.
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
