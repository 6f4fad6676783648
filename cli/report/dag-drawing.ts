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

/** Of 12 px text within the width of a box. */
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

/** Something that takes room in a column: a node, or the lane in which a node's edges to later columns pass by. */
interface Slot {
  readonly kind: 'node' | 'lane';
  readonly id: string;
}

const slotHeights = { node: box.height, lane: 10 } as const satisfies Record<Slot['kind'], number>;

/** A DAG from left to right: each node one column behind its deepest upstream. `nodes` are in topological order. */
export function dagDrawing(nodes: readonly DrawnNode[]): string {
  if (nodes.length === 0) return '<p>no nodes</p>';
  const depths = depthsOf(nodes);
  const columns = columnsOf(nodes, depths);
  const height = Math.max(...columns.map(columnHeight)) + 2 * box.margin;
  const width = columns.length * (box.width + box.gapX) - box.gapX + 2 * box.margin;
  const places = placesOf(columns, height);
  const edges = nodes.flatMap((node) =>
    node.dependencies.flatMap((from) => drawnEdge(from, node.id, depths, places)),
  );
  const boxes = nodes.flatMap((node) => drawnBox(node, places.get(node.id)));
  return `<svg viewBox="0 0 ${width} ${height}" style="max-width:${width}px" role="img" aria-label="DAG of ${nodes.length} nodes">
${edges.join('')}${boxes.join('')}
</svg>
${legend(nodes)}`;
}

function depthsOf(nodes: readonly DrawnNode[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const node of nodes) {
    depths.set(node.id, Math.max(0, ...node.dependencies.map((id) => (depths.get(id) ?? -1) + 1)));
  }
  return depths;
}

/** Nodes of each depth below the lanes that pass through, so that no edge runs behind a box. */
function columnsOf(nodes: readonly DrawnNode[], depths: ReadonlyMap<string, number>): readonly Slot[][] {
  const depthOf = (id: string) => depths.get(id) ?? 0;
  const lastReaders = new Map<string, number>();
  for (const node of nodes) {
    for (const from of node.dependencies) {
      lastReaders.set(from, Math.max(lastReaders.get(from) ?? 0, depthOf(node.id)));
    }
  }
  const columns = Array.from({ length: 1 + Math.max(...depths.values()) }, (): Slot[] => []);
  for (const { id } of nodes) {
    const passed = columns.slice(depthOf(id) + 1, lastReaders.get(id) ?? 0);
    for (const column of passed) column.push({ kind: 'lane', id });
  }
  for (const { id } of nodes) columns[depthOf(id)]?.push({ kind: 'node', id });
  return columns;
}

function columnHeight(column: readonly Slot[]): number {
  return column.reduce((sum, { kind }) => sum + slotHeights[kind] + box.gapY, -box.gapY);
}

/** Top left corners by node id; lanes by `lane:<column>:<node id>`. */
function placesOf(columns: readonly (readonly Slot[])[], height: number): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [index, column] of columns.entries()) {
    let y = (height - columnHeight(column)) / 2;
    for (const { kind, id } of column) {
      places.set(kind === 'node' ? id : laneKey(index, id), {
        x: box.margin + index * (box.width + box.gapX),
        y,
      });
      y += slotHeights[kind] + box.gapY;
    }
  }
  return places;
}

function laneKey(column: number, id: string): string {
  return `lane:${column}:${id}`;
}

/** A curve from box to box, straight where it passes a column in its lane. */
function drawnEdge(
  from: string,
  to: string,
  depths: ReadonlyMap<string, number>,
  places: ReadonlyMap<string, Place>,
): string[] {
  const [start, end] = [places.get(from), places.get(to)];
  if (start === undefined || end === undefined) return [];
  const path = [`M${start.x + box.width},${start.y + box.height / 2}`];
  let at = { x: start.x + box.width, y: start.y + box.height / 2 };
  for (let column = (depths.get(from) ?? 0) + 1; column < (depths.get(to) ?? 0); column += 1) {
    const lane = places.get(laneKey(column, from));
    if (lane === undefined) continue;
    const y = lane.y + slotHeights.lane / 2;
    path.push(curve(at, { x: lane.x, y }), `H${lane.x + box.width}`);
    at = { x: lane.x + box.width, y };
  }
  path.push(curve(at, { x: end.x, y: end.y + box.height / 2 }));
  return [`<path class="edge" fill="none" d="${path.join('')}"/>`];
}

function curve(from: Place, to: Place): string {
  const middle = (from.x + to.x) / 2;
  return `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
}

function drawnBox({ label, detail, diff, id }: DrawnNode, place: Place | undefined): string[] {
  if (place === undefined) return [];
  const color = colors[diff];
  const center = place.x + box.width / 2;
  return [
    `<g><title>${escapeHtml(fitted(label) === label ? id : `${label}\n${id}`)}</title><rect x="${place.x}" y="${place.y}" width="${box.width}" height="${box.height}" rx="6" fill="${color}" fill-opacity="0.16" stroke="${color}" stroke-width="1.5"/>`,
    `<text class="label" x="${center}" y="${place.y + 20}" text-anchor="middle">${escapeHtml(fitted(label))}</text>`,
    `<text x="${center}" y="${place.y + 36}" text-anchor="middle">${escapeHtml(fitted(detail))}</text></g>`,
  ];
}

/** As much of a text as its box has room for. */
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
