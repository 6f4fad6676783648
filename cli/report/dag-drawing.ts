import { Graph, layout } from '@dagrejs/dagre';
import type { NodeDiffClass } from '../../domain/dag/diff.js';
import { escapeHtml } from './html-page.js';

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly diff: NodeDiffClass;
  readonly dependencies: readonly string[];
}

const box = { width: 150, height: 46, gapX: 60, gapY: 18, margin: 8 } as const;

/** Characters of 12 px text that fit into a box. */
const boxChars = 21;

const colors = {
  new: 'var(--new)',
  reuse: 'var(--reuse)',
  buffering: 'var(--buffering)',
} as const satisfies Record<NodeDiffClass, string>;
const meanings = { new: 'new', reuse: 'reused', buffering: 'buffering' } as const satisfies Record<
  NodeDiffClass,
  string
>;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** More are not distinguishable on the width of a page. */
const drawnNodesMax = 500;
/**
 * Columns that all edges span together, from column to column 1. The layout puts a point of an edge into each, so its time grows
 * with their number: a few seconds at the limit, hours without one.
 */
const drawnSpansMax = 1_000;

/** A DAG from left to right. `nodes` are in topological order. */
export function dagDrawing(nodes: readonly DrawnNode[]): string {
  if (nodes.length === 0) return '<p>no nodes</p>';
  if (nodes.length > drawnNodesMax) {
    return `<p>${nodes.length} nodes; at most ${drawnNodesMax} are drawn</p>${legend(nodes)}`;
  }
  if (spansOf(nodes) > drawnSpansMax) {
    return `<p>${nodes.length} nodes; not drawn, since their edges would cover the drawing</p>${legend(nodes)}`;
  }
  const graph = laidOut(nodes);
  const { width, height } = graph.graph();
  const [pageWidth, pageHeight] = [Math.ceil(width), Math.ceil(height)];
  const columns = new Set(nodes.map(({ id }) => graph.node(id).x));
  const edges = graph.edges().map((edge) => drawnEdge(graph.edge(edge).points, columns));
  const boxes = nodes.flatMap((node) => drawnBox(node, graph.node(node.id)));
  return `<svg viewBox="0 0 ${pageWidth} ${pageHeight}" style="max-width:${pageWidth}px" role="img" aria-label="DAG of ${nodes.length} nodes">
${edges.join('')}${boxes.join('')}
</svg>
${legend(nodes)}`;
}

/** Columns that all edges span together, when every node is as far to the left as its inputs allow. */
function spansOf(nodes: readonly DrawnNode[]): number {
  const columns = new Map<string, number>();
  let spans = 0;
  for (const { id, dependencies } of nodes) {
    const inputs = [...new Set(dependencies)].flatMap((other) => columns.get(other) ?? []);
    const column = inputs.reduce((most, input) => Math.max(most, input + 1), 0);
    columns.set(id, column);
    for (const input of inputs) spans += column - input;
  }
  return spans;
}

function laidOut(nodes: readonly DrawnNode[]): Graph {
  const graph = new Graph();
  graph.setGraph({
    rankdir: 'LR',
    ranksep: box.gapX,
    nodesep: box.gapY,
    edgesep: box.gapY,
    marginx: box.margin,
    marginy: box.margin,
  });
  for (const { id } of nodes) graph.setNode(id, { width: box.width, height: box.height });
  for (const { id, dependencies } of nodes) {
    for (const from of dependencies.filter((other) => graph.hasNode(other))) graph.setEdge(from, id, {});
  }
  layout(graph);
  return graph;
}

/** A curve from box to box, straight where it passes a column. */
function drawnEdge([start, ...others]: readonly Place[], columns: ReadonlySet<number>): string {
  const end = others.at(-1);
  if (start === undefined || end === undefined) return '';
  const passed = others.filter(({ x }) => columns.has(x));
  const path = [`M${start.x},${start.y}`];
  let at = start;
  for (const { x, y } of passed) {
    path.push(curve(at, { x: x - box.width / 2, y }), `H${x + box.width / 2}`);
    at = { x: x + box.width / 2, y };
  }
  path.push(curve(at, end));
  return `<path class="edge" fill="none" d="${path.join('')}"/>`;
}

function curve(from: Place, to: Place): string {
  const middle = (from.x + to.x) / 2;
  return `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
}

function drawnBox({ label, detail, diff, id }: DrawnNode, center: Place): string[] {
  const color = colors[diff];
  const [left, top] = [center.x - box.width / 2, center.y - box.height / 2];
  return [
    `<g><title>${escapeHtml(fitted(label) === label ? id : `${label}\n${id}`)}</title><rect x="${left}" y="${top}" width="${box.width}" height="${box.height}" rx="6" fill="${color}" fill-opacity="0.16" stroke="${color}" stroke-width="1.5"/>`,
    `<text class="label" x="${center.x}" y="${top + 20}" text-anchor="middle">${escapeHtml(fitted(label))}</text>`,
    `<text x="${center.x}" y="${top + 36}" text-anchor="middle">${escapeHtml(fitted(detail))}</text></g>`,
  ];
}

/** The text, shortened to fit its box. */
function fitted(text: string): string {
  return text.length <= boxChars ? text : `${text.slice(0, boxChars - 1)}…`;
}

function legend(nodes: readonly DrawnNode[]): string {
  const classes = [...new Set(nodes.map((node) => node.diff))].sort();
  const entries = classes.map((diff) => {
    const count = nodes.filter((node) => node.diff === diff).length;
    return `<span><i style="background:${colors[diff]}"></i>${count} ${meanings[diff]}</span>`;
  });
  return `<div class="legend">${entries.join('')}</div>`;
}
