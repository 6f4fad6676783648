import { sortByCodePoint } from '../../std/string-order.js';
import { type DocumentFields, isSafeText } from '../base/document-fields.js';
import { isNodeId, type NodeId } from '../base/ids.js';
import { type Limits, limits } from '../base/limits.js';
import { excerpt } from '../base/problem-list.js';
import { tagQueryNodeType } from './dag.js';

/** What counts as a dependency: any name for pure hashing, only NodeIDs in a DAG. */
export interface DependencyRule<D extends string> {
  readonly accepts: (text: string) => text is D;
  readonly hint: string;
}

/** Dependencies of a DAG: NodeIDs. */
export const nodeIdsOnly: DependencyRule<NodeId> = {
  accepts: isNodeId,
  hint: 'a NodeID is "blake3:" and 64 hex digits in lower case, or 128 after a collision',
};

/** Dependencies of a node that is only hashed: any printable name without a separator. */
export const anyDependency: DependencyRule<string> = {
  accepts: (text): text is string => isSafeText(text, limits.fieldCharsMax) && /^[^|,]+$/.test(text),
  hint: `a dependency is a printable name of at most ${limits.fieldCharsMax} characters without "|" and ","`,
};

/** The member that lists the dependencies of a node: `dependencies`, or its legacy name `inputs`. */
export function dependenciesKey(node: Readonly<Record<string, unknown>>): 'dependencies' | 'inputs' {
  return (node.dependencies ?? undefined) === undefined ? 'inputs' : 'dependencies';
}

/** The dependencies of a node, sorted by code point. Both members may be given if they are the same set. */
export function readDependencies<D extends string>(
  fields: DocumentFields,
  rule: DependencyRule<D>,
  nodeType: string,
  bounds: Limits,
): readonly D[] {
  const key = dependenciesKey(fields.members);
  const listed = readList(fields, key, bounds);
  if (key === 'dependencies' && fields.raw('inputs') !== undefined) noteInputsFault(fields, listed, bounds);
  if (nodeType === tagQueryNodeType && listed.length > 0) {
    const message = 'a TagQuery node has no dependencies: its upstreams are found by their tags';
    fields.problems.add(
      'E_SCHEMA_INVALID',
      fields.path(key),
      message,
      'remove them, or use another node_type',
    );
  }
  const accepted = acceptDependencies(listed, rule, fields, key);
  if (accepted.length > 1) noteRepeats(sortByCodePoint(accepted), listed, fields, key);
  return accepted;
}

function readList(fields: DocumentFields, key: string, bounds: Limits): readonly unknown[] {
  const raw = fields.raw(key);
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    const message = `${key} is ${excerpt(raw)}`;
    fields.problems.add('E_SCHEMA_INVALID', fields.path(key), message, 'give an array of NodeIDs');
    return [];
  }
  if (raw.length <= bounds.nodeDependenciesMax) return raw;
  const message = `${key} has ${raw.length} entries; at most ${bounds.nodeDependenciesMax} are allowed`;
  fields.problems.add(
    'E_LIMIT_EXCEEDED',
    fields.path(key),
    message,
    'combine upstreams in intermediate nodes',
  );
  return [];
}

function noteInputsFault(fields: DocumentFields, dependencies: readonly unknown[], bounds: Limits): void {
  const inputs = new Set(readList(fields, 'inputs', bounds));
  const same = new Set(dependencies);
  if (inputs.size === same.size && [...inputs].every((input) => same.has(input))) return;
  const message = 'inputs and dependencies are both given and differ';
  fields.problems.add('E_SCHEMA_INVALID', fields.path('inputs'), message, 'give dependencies only');
}

function acceptDependencies<D extends string>(
  listed: readonly unknown[],
  rule: DependencyRule<D>,
  fields: DocumentFields,
  key: string,
): D[] {
  const accepted: D[] = [];
  for (let i = 0; i < listed.length; i += 1) {
    const value = listed[i];
    if (typeof value === 'string' && rule.accepts(value)) {
      accepted.push(value);
    } else {
      const message = `${excerpt(value)} cannot be a dependency`;
      fields.problems.add('E_SCHEMA_INVALID', `${fields.path(key)}/${i}`, message, rule.hint);
    }
  }
  return accepted;
}

/** In a sorted list repeats are neighbours. */
function noteRepeats(
  sorted: readonly string[],
  listed: readonly unknown[],
  fields: DocumentFields,
  key: string,
): void {
  for (let i = 1; i < sorted.length; i += 1) {
    if (sorted[i] !== sorted[i - 1]) continue;
    const message = `${excerpt(sorted[i])} is listed more than once`;
    const path = `${fields.path(key)}/${listed.lastIndexOf(sorted[i])}`;
    fields.problems.add('E_DUPLICATE', path, message, 'list each dependency once');
  }
}
