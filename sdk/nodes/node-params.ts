import { canonicalJson, canonicalParams } from '../../domain/base/canonical-json.js';
import { isPlainObject } from '../../std/json.js';
import type { Params } from './cache-view.js';
import type { DefinitionMembers } from './definition-members.js';
import { describeValue } from './foreign-value.js';

const none: Params = Object.freeze({});

/**
 * The params in the form that both compute and the NodeID use: frozen, with keys in canonical order, so that nodes with equal
 * ids see equal params.
 */
export function readParams<D extends object>(members: DefinitionMembers<D>, name: keyof D & string): Params {
  return members.any(name, (given) => (given === undefined ? none : canonical(members, given))) ?? none;
}

function canonical<D extends object>(members: DefinitionMembers<D>, given: unknown): Params | undefined {
  const params = canonicalParams(given);
  if (!params.ok) {
    const { path, reason } = params.fault;
    members.note(`/params${path}`, `params${path} ${reason}`, 'params are JSON: they are part of the NodeID');
    return undefined;
  }
  if (!isPlainObject(given)) {
    members.note(
      '/params',
      `params is ${describeValue(given)}, not an object`,
      'pass an object: { window: 20 }',
    );
    return undefined;
  }
  if (params.text !== wholeJson(given)) {
    members.note(
      '/params',
      'params contain a key that is not part of the NodeID (such as world, as_of, seed, env or env_…)',
      'rename the key: two nodes that differ only in it would have the same NodeID',
    );
    return undefined;
  }
  return parseParams(params.text);
}

/** Undefined when a value that `canonicalParams` leaves out is not JSON. */
function wholeJson(given: unknown): string | undefined {
  try {
    return canonicalJson(given);
  } catch {
    return undefined;
  }
}

function parseParams(canonicalText: string): Params | undefined {
  const value: unknown = JSON.parse(canonicalText, (_key, member: unknown) => Object.freeze(member));
  return isParams(value) ? value : undefined;
}

/** JSON.parse returns JSON, so a plain object of it contains only JSON. */
function isParams(parsed: unknown): parsed is Params {
  return isPlainObject(parsed);
}
