import { canonicalJson, canonicalParams } from '../../domain/base/canonical-json.js';
import type { Problem } from '../../domain/base/errors.js';
import { isPlainObject } from '../../std/json.js';
import type { Params } from './cache-view.js';

export interface NodeParams {
  /** Frozen, with keys in canonical order: nodes with equal ids see equal params. */
  readonly params: Params;
  readonly faults: readonly Problem[];
}

/** The params in the form that both compute and the NodeID use. */
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
      'params contain a key that is not part of the NodeID (such as world, as_of, seed, env or env_…)',
      'rename the key: two nodes that differ only in it would have the same NodeID',
    );
  }
  const params = parseParams(canonical.text);
  if (params === undefined) return refused('/params', 'params are not an object', 'pass an object');
  return { params, faults: [] };
}

function parseParams(canonicalText: string): Params | undefined {
  const value: unknown = JSON.parse(canonicalText, (_key, member: unknown) => Object.freeze(member));
  return isParams(value) ? value : undefined;
}

/** JSON.parse returns JSON, so a plain object of it contains only JSON. */
function isParams(parsed: unknown): parsed is Params {
  return isPlainObject(parsed);
}

function refused(path: string, message: string, hint: string): NodeParams {
  return { params: Object.freeze({}), faults: [{ code: 'E_SCHEMA_INVALID', path, message, hint }] };
}
