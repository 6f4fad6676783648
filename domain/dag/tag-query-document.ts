import { isPlainObject } from '../../std/json.js';
import { sortByCodePoint } from '../../std/string-order.js';
import { canonicalJson } from '../base/canonical-json.js';
import { DocumentFields } from '../base/document-fields.js';
import type { Limits } from '../base/limits.js';
import { excerpt } from '../base/problem-list.js';
import type { MatchMode } from './dag.js';
import { isMatchMode } from './tag-query.js';
import { readTags } from './tags-document.js';

/**
 * Canonical params of a TagQuery node: `{"interval":I,"match_mode":M,"query_tags":[…]}`
 * (docs/spec/identity.md#tagquery-nodes).
 *
 * Tags come from `params.query_tags`, else `params.tags`, else the node's own; the mode from `params.match_mode`, else
 * the node's, else `any`. Other params have no meaning and are dropped.
 */
export function tagQueryParams(
  node: DocumentFields,
  key: 'params' | 'config',
  interval: number,
  nodeTags: readonly string[],
  bounds: Limits,
): string {
  const raw = node.raw(key) ?? {};
  if (!isPlainObject(raw)) {
    const hint = 'give an object with query_tags and match_mode';
    node.problems.add(
      'E_SCHEMA_INVALID',
      node.path(key),
      `${key} of a TagQuery node is ${excerpt(raw)}`,
      hint,
    );
    return 'null';
  }
  const params = new DocumentFields(raw, node.path(key), node.problems);
  checkInterval(params, interval, bounds);
  const before = node.problems.count;
  const queryTags = readQueryTags(params, nodeTags, bounds);
  if (queryTags.length === 0 && node.problems.count === before) {
    const place = node.raw(key) === undefined ? node.path(key) : params.path('query_tags');
    node.problems.add('E_SCHEMA_INVALID', place, 'the query names no tag', 'name tags in params.query_tags');
  }
  return canonicalJson({
    interval,
    match_mode: readMatchMode(params, node, bounds),
    query_tags: sortByCodePoint([...queryTags]),
  });
}

/** The interval of a TagQuery node: streams of one interval match, so a query without one would read nothing. */
export function tagQueryInterval(node: DocumentFields, bounds: Limits): number {
  const before = node.problems.count;
  const interval = node.count('interval', bounds.intervalSecondsMax, 'seconds');
  if (interval === 0 && node.problems.count === before) {
    const whose = node.at === '' ? 'the query' : `the query ${node.at}`;
    const hint = 'give the interval of the streams that it reads, in whole seconds';
    node.problems.add('E_NODE_ID_FIELDS', node.path('interval'), `${whose} has no interval`, hint);
  }
  return interval;
}

function readQueryTags(
  params: DocumentFields,
  nodeTags: readonly string[],
  bounds: Limits,
): readonly string[] {
  const queryTags = readTags(params, 'query_tags', bounds) ?? [];
  if (queryTags.length > 0) return queryTags;
  const tags = readTags(params, 'tags', bounds) ?? [];
  return tags.length > 0 ? tags : nodeTags;
}

function readMatchMode(params: DocumentFields, node: DocumentFields, bounds: Limits): MatchMode {
  const fields = params.raw('match_mode') === undefined ? node : params;
  const text = fields.text('match_mode', bounds.fieldCharsMax).toLowerCase();
  if (text === '') return 'any';
  if (isMatchMode(text)) return text;
  const message = `match_mode is ${excerpt(text)}`;
  fields.problems.add('E_SCHEMA_INVALID', fields.path('match_mode'), message, 'use "any" or "all"');
  return 'any';
}

/** The query has the node's interval; `params.interval` may only repeat it. Without one at the node, that is the problem. */
function checkInterval(params: DocumentFields, interval: number, bounds: Limits): void {
  if (params.raw('interval') === undefined || interval === 0) return;
  const asked = params.count('interval', bounds.intervalSecondsMax, 'seconds');
  if (asked === interval) return;
  const message = `params have interval ${asked}, the node has ${interval}`;
  params.problems.add('E_SCHEMA_INVALID', params.path('interval'), message, 'give interval on the node');
}
