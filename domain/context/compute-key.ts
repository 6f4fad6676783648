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
  ];
  if (joined.some((part) => part.includes(separator))) {
    throw new TypeError('a part of a ComputeKey contains U+001F, which separates the parts');
  }
  return branded(`blake3:${blake3Hex(joined.join(separator))}`, isComputeKey);
}
