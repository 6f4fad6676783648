import { type NodeDiffClass, nodeDiffClasses } from '../../domain/dag/diff.js';
import type { OutputStream, ReceiptNode, Submission } from '../../domain/submissions/submission.js';
import { textTable } from '../io/io.js';

/** One line of a diff, in tables and in JSON. */
export interface DiffLine {
  readonly name: string;
  readonly node_type: string;
  readonly node_id: string;
  readonly diff: NodeDiffClass;
  /** Empty for a query, which has none. */
  readonly topic: string;
  /** Tags that are added to a node of the graph. */
  readonly tags_added: readonly string[];
}

const idChars = 'blake3:'.length + 10;

/** Enough of a NodeID to distinguish two on a screen; `--output json` has the whole id. */
export function shortNodeId(nodeId: string): string {
  return nodeId.length <= idChars ? nodeId : `${nodeId.slice(0, idChars)}…`;
}

/** Joins the ids of a diff with the node names of the DAG. */
export function diffLines(
  nodes: Submission['dag']['nodes'],
  entries: readonly ReceiptNode[],
): readonly DiffLine[] {
  const specs = new Map(nodes.map((node) => [node.nodeId, node]));
  return entries.map(({ nodeId, diff, topic = '', tagsAdded = [] }) => ({
    name: specs.get(nodeId)?.name ?? '',
    node_type: specs.get(nodeId)?.nodeType ?? '',
    node_id: nodeId,
    diff,
    topic,
    tags_added: tagsAdded,
  }));
}

/** An output of a strategy with its stream, in tables and in JSON. */
export interface OutputLine {
  readonly name: string;
  readonly node_id: string;
  readonly topic: string;
}

export function outputLines(outputs: readonly OutputStream[]): readonly OutputLine[] {
  return outputs.map(({ name, nodeId, topic }) => ({ name, node_id: nodeId, topic }));
}

/** A line for each output; none when the DAG names none. */
export function outputsText(outputs: readonly Pick<OutputLine, 'name' | 'topic'>[]): readonly string[] {
  return outputs.map(({ name, topic }) => `output ${name} is ${topic}`);
}

export function diffTable(lines: readonly DiffLine[]): string {
  return textTable(
    ['node', 'type', 'id', 'diff', 'topic'],
    lines.map((line) => [
      line.name,
      line.node_type,
      shortNodeId(line.node_id),
      line.diff,
      line.topic || 'none, it queries',
    ]),
  );
}

/** A sentence for each node that gets tags. */
export function addedTagsText(lines: readonly DiffLine[]): readonly string[] {
  return lines.flatMap(({ name, node_id: nodeId, tags_added: tags }) =>
    tags.length === 0 ? [] : [`${name || shortNodeId(nodeId)} gets the tags ${tags.join(', ')}`],
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
