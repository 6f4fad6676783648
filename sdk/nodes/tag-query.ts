import { tagQueryNodeType } from '../../domain/dag/dag.js';
import { requireObject, requireText } from './checked-argument.js';
import { DefinitionMembers } from './definition-members.js';
import { type Duration, days } from './duration.js';
import { duration, type Kind, kindOf, text, texts } from './member-kinds.js';
import { nodeBrand, type TagQueryNode } from './node.js';
import { type OutputSchema, readOutput } from './output-schema.js';

/**
 * The definition of a tag query.
 *
 * @example
 * ```ts
 * import { days, type TagQueryDefinition, tagQuery } from 'qmtl';
 *
 * const definition: TagQueryDefinition<{ value: 'float64' }> = {
 *   queryTags: ['momentum', 'daily'],
 *   matchMode: 'all',
 *   interval: days(1),
 * };
 * tagQuery('momenta', definition);
 * ```
 */
export interface TagQueryDefinition<O extends OutputSchema> {
  /** At least one tag; an entry may contain several, separated by commas. */
  readonly queryTags: readonly string[];
  /** `any` (the default): streams with at least one of the tags; `all`: with every one. */
  readonly matchMode?: 'any' | 'all';
  /** Only streams with this interval match. */
  readonly interval: Duration;
  /** The fields that consumers read from every matching stream; default `{ value: 'float64' }`. */
  readonly output?: O;
  /** Replaces the id derived from the output fields. */
  readonly schemaCompatId?: string;
}

/**
 * Defines an input of all streams with certain tags, of any author. The matches are found while the strategy runs and may
 * change; the NodeID identifies the query, not its matches.
 *
 * A consumer sees an array with the columns of each matching stream, in NodeID order; it may be empty. A query has no stream of its
 * own: no topic, and no query matches it.
 *
 * @example
 * ```ts
 * import { days, node, tagQuery } from 'qmtl';
 *
 * const momenta = tagQuery('momenta', { queryTags: ['momentum'], interval: days(1) });
 *
 * const breadth = node('breadth', {
 *   inputs: { momenta },
 *   compute: (view) => {
 *     const rising = view.momenta.filter((one) => one.value.at(-1) > 0);
 *     return rising.length / view.momenta.length;
 *   },
 * });
 * ```
 */
export function tagQuery<const O extends OutputSchema = { readonly value: 'float64' }>(
  name: string,
  definition: TagQueryDefinition<O>,
): TagQueryNode<NoInfer<O>>;
export function tagQuery(name: string, definition: TagQueryDefinition<OutputSchema>): TagQueryNode {
  requireText(name, 'tagQuery()', 'a name');
  requireObject(definition, 'tagQuery()', 'define it: tagQuery(name, { queryTags: [tag], interval })');
  const members = new DefinitionMembers(definition);
  return Object.freeze({
    [nodeBrand]: true as const,
    kind: 'tag-query',
    name,
    type: tagQueryNodeType,
    interval: members.required('interval', duration, days(1), 'E_NODE_ID_FIELDS'),
    output: readOutput(members, 'output'),
    tags: Object.freeze([]),
    queryTags: members.required('queryTags', texts, ['unknown']),
    matchMode: members.optional('matchMode', matchMode) ?? 'any',
    schemaCompatId: members.optional('schemaCompatId', text),
    faults: members.allFaults(),
  });
}

const matchMode: Kind<'any' | 'all'> = kindOf(
  "'any' or 'all'",
  'any: at least one of the tags; all: every tag',
  (value) => value === 'any' || value === 'all',
);
