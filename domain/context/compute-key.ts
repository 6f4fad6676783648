import { compareCodePoints } from '../../std/string-order.js';
import { blake3Hex } from '../base/blake3.js';
import { branded, type ComputeKey, isComputeKey } from '../base/ids.js';
import type { ExecutionDomain } from './execution-context.js';

const separator = '\u001f';

/** What a ComputeKey is computed from. Absent parts are empty; an absent or `default` domain is backtest. */
export interface ComputeKeyParts {
  readonly nodeId: string;
  readonly worldId: string;
  readonly domain?: ExecutionDomain | 'default' | '' | undefined;
  readonly asOf?: string | undefined;
  readonly partition?: string | undefined;
  /**
   * The tag queries that the value depends on, each with the streams it was resolved to, in any order. One query may be listed twice:
   * the value depends on streams that were computed when it matched others.
   */
  readonly resolved?: readonly ResolvedQuery[] | undefined;
}

/** NodeID of a tag query, and those of its matches. */
export interface ResolvedQuery {
  readonly query: string;
  readonly members: readonly string[];
}

/**
 * Key of every cache of computed values (docs/spec/identity.md#computekey).
 *
 * Throws TypeError when a part contains U+001F, the separator: two contexts must never share a key.
 */
export function hashComputeKey(parts: ComputeKeyParts): ComputeKey {
  const domain = parts.domain === undefined || parts.domain === '' ? 'default' : parts.domain;
  const joined = [
    parts.nodeId,
    parts.worldId,
    domain === 'default' ? 'backtest' : domain,
    parts.asOf ?? '',
    parts.partition ?? '',
    ...resolvedPart(parts.resolved ?? []),
  ];
  if (joined.some((part) => part.includes(separator))) {
    throw new TypeError('a part of a ComputeKey contains U+001F, which separates the parts');
  }
  return branded(`blake3:${blake3Hex(joined.join(separator))}`, isComputeKey);
}

/** A part of its own only where there are queries, so that all other keys are as they were without it. */
function resolvedPart(resolved: readonly ResolvedQuery[]): string[] {
  if (resolved.length === 0) return [];
  const texts = resolved.map(({ query, members }) => {
    const text = JSON.stringify([query, [...new Set(members)].sort(compareCodePoints)]);
    return [text, query] as const;
  });
  const sorted = [...new Map(texts)].sort(
    ([textA, a], [textB, b]) => compareCodePoints(a, b) || compareCodePoints(textA, textB),
  );
  return [blake3Hex(`[${sorted.map(([text]) => text).join(',')}]`)];
}
