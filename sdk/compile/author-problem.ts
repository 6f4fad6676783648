import type { Problem } from '../../domain/base/errors.js';
import { pointerSegment } from '../../std/json.js';
import type { StreamNode } from '../nodes/node.js';

/** What an author calls the fields of a document, longest names first. */
const optionNames: readonly (readonly [field: string, option: string])[] = [
  ['params.query_tags', 'queryTags'],
  ['params/query_tags', 'queryTags'],
  ['params/match_mode', 'matchMode'],
  ['schema_compat_id', 'schemaCompatId'],
  ['dependencies', 'inputs'],
  ['schema_hash', 'output'],
  ['strategy_id', 'id'],
  ['match_mode', 'matchMode'],
  ['query_tags', 'queryTags'],
  ['node_type', 'type'],
  ['code_hash', 'compute'],
];

/** The nodes that the entries of `code` and of `schemas` come from, in the order of the document. */
export interface ArtifactOwners {
  readonly code: readonly StreamNode[];
  readonly schemas: readonly StreamNode[];
}

/**
 * A problem of the document that a strategy was made into, in terms of what its author wrote: nodes by name instead of
 * position, options instead of fields. `nodes`: in the order of the document.
 */
export function authorProblem(
  problem: Problem,
  nodes: readonly StreamNode[],
  owners: ArtifactOwners,
): Problem {
  const owner = artifactOwner(problem.path, owners);
  if (owner !== undefined) {
    const path = `/nodes/${pointerSegment(owner.node.name)}/${owner.option}`;
    return {
      ...problem,
      path,
      message: `node ${owner.node.name}: ${withSubject(owner.option, problem.message)}`,
    };
  }
  const [, position, rest = ''] = /^\/dag\/nodes\/(\d+)(?:\/(.*))?$/.exec(problem.path) ?? [];
  const hint = inOptions(problem.hint);
  const message = inOptions(problem.message).replaceAll(
    /\/dag\/nodes\/(\d+)/g,
    (whole, index) => nodeTitle(nodes[Number(index)]) ?? whole,
  );
  if (position === undefined) {
    const option = inOptions(problem.path).replace(/^\/(?:meta|dag)\b/, '');
    return { ...problem, path: option, message: withSubject(option.slice(1), message), hint };
  }
  const node = nodes[Number(position)];
  const option = inOptions(rest);
  const title = nodeTitle(node) ?? '';
  const said = withSubject(option, message);
  return {
    ...problem,
    path: `/nodes/${pointerSegment(node?.name ?? '')}/${option}`,
    message: said.startsWith(title) ? said : `${title}: ${said}`,
    hint,
  };
}

function artifactOwner(path: string, owners: ArtifactOwners) {
  const [, list = '', index = ''] = /^\/(code|schemas)\/(\d+)/.exec(path) ?? [];
  const isCode = list === 'code';
  const node = (isCode ? owners.code : owners.schemas)[Number(index || -1)];
  return node === undefined ? undefined : { node, option: isCode ? 'compute' : 'output' };
}

function nodeTitle(node: StreamNode | undefined): string | undefined {
  return node === undefined ? undefined : `node ${node.name}`;
}

/** What is in quotes is a value of the author. */
function inOptions(text: string): string {
  const parts = text.split(/("(?:[^"\\]|\\.)*")/);
  return parts.map((part, index) => (index % 2 === 1 ? part : renamed(part))).join('');
}

function renamed(text: string): string {
  return optionNames.reduce((changed, [field, option]) => changed.replaceAll(field, option), text);
}

/** Messages about a text leave out what it is, since a path names it. */
function withSubject(option: string, message: string): string {
  return /^(?:has|is) |^"/.test(message) ? `${option.replaceAll(/\/(\d+)/g, '[$1]')} ${message}` : message;
}
