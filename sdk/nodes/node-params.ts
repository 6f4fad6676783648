import { canonicalJson, canonicalParams } from '../../domain/base/canonical-json.js';
import type { Problem } from '../../domain/base/errors.js';
import { isPlainObject } from '../../std/json.js';
import type { Params } from './cache-view.js';

export interface NodeParams {
  /** Frozen, keys in canonical order: equal identities see equal params. */
  readonly params: Params;
  readonly faults: readonly Problem[];
}

/** What compute and the NodeID both see of the params an author gave. */
export function nodeParams(given: Params | undefined): NodeParams {
  if (given === undefined) return { params: Object.freeze({}), faults: [] };
  const canonical = canonicalParams(given);
  if (!canonical.ok) {
    const { path, reason } = canonical.fault;
    return refused(
      `/params${path}`,
      `params${path} ${reason}`,
      'params are JSON: they are part of the NodeID',
    );
  }
  if (canonical.text !== canonicalJson(given)) {
    return refused(
      '/params',
      'params hold a key that never counts for the NodeID (such as world, as_of, seed, env or env_…)',
      'rename the key: two nodes that differ only there would be taken for one',
    );
  }
  const params = parseParams(canonical.text);
  if (params === undefined) return refused('/params', 'params are not an object', 'give an object');
  return { params, faults: [] };
}

function parseParams(canonicalText: string): Params | undefined {
  const value: unknown = JSON.parse(canonicalText, (_key, member: unknown) => Object.freeze(member));
  return isParams(value) ? value : undefined;
}

/** What JSON.parse gives is JSON, so a plain object of it holds only JSON. */
function isParams(parsed: unknown): parsed is Params {
  return isPlainObject(parsed);
}

function refused(path: string, message: string, hint: string): NodeParams {
  return { params: Object.freeze({}), faults: [{ code: 'E_SCHEMA_INVALID', path, message, hint }] };
}
