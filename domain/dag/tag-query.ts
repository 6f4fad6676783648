import { isPlainObject } from '../../std/json.js';
import { sortByCodePoint } from '../../std/string-order.js';
import { type MatchMode, matchModes, type NodeSpec, type TagQuery, tagQueryNodeType } from './dag.js';

/** Tags in the author's order: split at commas, trimmed, without empty ones and repeats. The first one is part of the topic name. */
export function listTags(tags: readonly string[]): readonly string[] {
  if (isClean(tags)) return tags;
  const parts = tags.flatMap((tag) => tag.split(',').map((part) => part.trim()));
  return [...new Set(parts)].filter((part) => part !== '');
}

/** As `listTags`, sorted by code point: queries and control events name a set this way. */
export function splitTags(tags: readonly string[]): readonly string[] {
  return sortByCodePoint([...listTags(tags)]);
}

/** Detects the common case without allocations. With few tags, comparing each pair beats a set. */
function isClean(tags: readonly string[]): boolean {
  for (let i = 0; i < tags.length; i += 1) {
    const tag = tags[i];
    if (tag === undefined || tag === '' || tag.includes(',') || tag.trim() !== tag) return false;
    if (tags.indexOf(tag) !== i) return false;
  }
  return true;
}

export function isMatchMode(text: string): text is MatchMode {
  return matchModes.some((mode) => mode === text);
}

/**
 * The query of an accepted node; undefined when it is not a TagQuery node.
 *
 * It is read from the canonical params, so it is exactly what the NodeID identifies.
 */
export function parseTagQuery(spec: Pick<NodeSpec, 'nodeType' | 'paramsCanon'>): TagQuery | undefined {
  if (spec.nodeType !== tagQueryNodeType) return undefined;
  const params: unknown = JSON.parse(spec.paramsCanon);
  if (!isPlainObject(params)) return undefined;
  const { interval, match_mode: matchMode, query_tags: tags } = params;
  if (typeof interval !== 'number' || typeof matchMode !== 'string' || !isMatchMode(matchMode))
    return undefined;
  return Array.isArray(tags) && tags.every(isText) ? { tags, matchMode, interval } : undefined;
}

/** Whether a queue with these tags and this interval (whole seconds) belongs to the query. A query without tags has no queues. */
export function matches(
  query: TagQuery,
  queue: { readonly tags: readonly string[]; readonly interval: number },
): boolean {
  if (queue.interval !== query.interval || query.tags.length === 0) return false;
  const has = (tag: string) => queue.tags.includes(tag);
  return query.matchMode === 'all' ? query.tags.every(has) : query.tags.some(has);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
