import type { NodeId, TopicName } from '../../domain/base/ids.js';
import { type NodeDiffClass, nodeDiffClasses } from '../../domain/dag/diff.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { textTable } from '../io/io.js';

/** One line of a diff, in tables and in JSON. */
export interface DiffLine {
  readonly name: string;
  readonly node_type: string;
  readonly node_id: string;
  readonly diff: NodeDiffClass;
  readonly topic: string;
}

export interface DiffEntry {
  readonly nodeId: NodeId;
  readonly diff: NodeDiffClass;
  readonly topic: TopicName;
}

const idChars = 'blake3:'.length + 10;

/** Enough of a NodeID to distinguish two on a screen; `--output json` has the whole id. */
export function shortNodeId(nodeId: string): string {
  return nodeId.length <= idChars ? nodeId : `${nodeId.slice(0, idChars)}…`;
}

/** Joins the ids of a diff with the node names of the DAG. */
export function diffLines(
  nodes: Submission['dag']['nodes'],
  entries: readonly DiffEntry[],
): readonly DiffLine[] {
  const specs = new Map(nodes.map((node) => [node.nodeId, node]));
  return entries.map(({ nodeId, diff, topic }) => ({
    name: specs.get(nodeId)?.name ?? '',
    node_type: specs.get(nodeId)?.nodeType ?? '',
    node_id: nodeId,
    diff,
    topic,
  }));
}

export function diffTable(lines: readonly DiffLine[]): string {
  return textTable(
    ['node', 'type', 'id', 'diff', 'topic'],
    lines.map((line) => [line.name, line.node_type, shortNodeId(line.node_id), line.diff, line.topic]),
  );
}

const meanings = { reuse: 'reused', buffering: 'buffering', new: 'new' } as const satisfies Record<
  NodeDiffClass,
  string
>;

/** `2 new, 5 reused` */
export function diffCounts(lines: readonly DiffLine[]): string {
  const parts = nodeDiffClasses.flatMap((diff) => {
    const many = lines.filter((line) => line.diff === diff).length;
    return many === 0 ? [] : [`${many} ${meanings[diff]}`];
  });
  return parts.reverse().join(', ');
}
