/** The part of a node that determines its place in the order. */
export interface OrderedNode {
  readonly nodeId: string;
  readonly dependencies: readonly string[];
}

export type TopologicalOrder = (Ordered | Cyclic) & {
  /** Dependencies that are not in the list. */
  readonly missing: number;
};

interface Ordered {
  readonly ok: true;
  /** Positions in the given list, every node after its dependencies. */
  readonly order: readonly number[];
  /** Length of the longest chain of dependencies, in nodes; 0 without nodes. */
  readonly depth: number;
}

interface Cyclic {
  readonly ok: false;
  /** Positions of one cycle, each node depending on the next and the last on the first; begins with the smallest id. */
  readonly cycle: readonly number[];
}

/**
 * Orders nodes by the length of the longest chain that ends in them, then by id: every node comes after its dependencies,
 * whatever the order of the list. O(nodes + edges) apart from the sort.
 *
 * Dependencies that are not in the list are counted and ignored; of nodes with the same id the first one is used.
 */
export function topologicalOrder(
  nodes: readonly OrderedNode[],
  positions: ReadonlyMap<string, number> = indexPositions(nodes),
): TopologicalOrder {
  const edges = edgesOf(nodes, positions);
  const { levels, reached } = levelsOf(nodes.length, edges);
  const { missing } = edges;
  if (reached < nodes.length) return { ok: false, missing, cycle: findCycle(nodes, edges, levels) };
  const order = sortByLevel(nodes, levels);
  const last = order.at(-1);
  return { ok: true, missing, order, depth: last === undefined ? 0 : at(levels, last) };
}

/** Position of each id; the first one of a repeated id. */
export function indexPositions(nodes: readonly OrderedNode[]): Map<string, number> {
  const positions = new Map<string, number>();
  let position = 0;
  for (const { nodeId } of nodes) {
    if (!positions.has(nodeId)) positions.set(nodeId, position);
    position += 1;
  }
  return positions;
}

/**
 * Edges in both directions, as slices of flat arrays: the upstreams of node i are `upstreams[upstreamFrom[i]]` up to
 * `upstreamFrom[i + 1]`, its dependents likewise.
 */
interface Edges {
  readonly upstreamFrom: Int32Array;
  readonly upstreams: Int32Array;
  readonly dependentFrom: Int32Array;
  readonly dependents: Int32Array;
  /** Dependencies that are not in the list. */
  readonly missing: number;
}

function edgesOf(nodes: readonly OrderedNode[], positions: ReadonlyMap<string, number>): Edges {
  const upstreamFrom = new Int32Array(nodes.length + 1);
  const upstreams = new Int32Array(nodes.reduce((sum, node) => sum + node.dependencies.length, 0));
  const dependentFrom = new Int32Array(nodes.length + 1);
  let count = 0;
  let position = 0;
  for (const node of nodes) {
    for (const dependency of node.dependencies) {
      const upstream = positions.get(dependency);
      if (upstream === undefined) continue;
      upstreams[count] = upstream;
      count += 1;
      dependentFrom[upstream + 1] = at(dependentFrom, upstream + 1) + 1;
    }
    position += 1;
    upstreamFrom[position] = count;
  }
  for (let i = 0; i < nodes.length; i += 1) {
    dependentFrom[i + 1] = at(dependentFrom, i + 1) + at(dependentFrom, i);
  }
  const dependents = reversed(upstreamFrom, upstreams, dependentFrom);
  return { upstreamFrom, upstreams, dependentFrom, dependents, missing: upstreams.length - count };
}

function reversed(upstreamFrom: Int32Array, upstreams: Int32Array, dependentFrom: Int32Array): Int32Array {
  const dependents = new Int32Array(at(upstreamFrom, upstreamFrom.length - 1));
  const next = dependentFrom.slice();
  for (let position = 0; position + 1 < upstreamFrom.length; position += 1) {
    for (let edge = at(upstreamFrom, position); edge < at(upstreamFrom, position + 1); edge += 1) {
      const upstream = at(upstreams, edge);
      const slot = at(next, upstream);
      dependents[slot] = position;
      next[upstream] = slot + 1;
    }
  }
  return dependents;
}

/** Level of a node: length of the longest chain that ends in it, in nodes. Nodes in or behind a cycle stay at 0. */
function levelsOf(count: number, edges: Edges): { readonly levels: Int32Array; readonly reached: number } {
  const levels = new Int32Array(count);
  const waiting = new Int32Array(count);
  const longest = new Int32Array(count);
  const ready = new Int32Array(count);
  let reached = 0;
  for (let i = 0; i < count; i += 1) {
    waiting[i] = at(edges.upstreamFrom, i + 1) - at(edges.upstreamFrom, i);
    if (waiting[i] === 0) ready[reached++] = i;
  }
  for (let head = 0; head < reached; head += 1) {
    const node = at(ready, head);
    const level = at(longest, node) + 1;
    levels[node] = level;
    for (let edge = at(edges.dependentFrom, node); edge < at(edges.dependentFrom, node + 1); edge += 1) {
      const dependent = at(edges.dependents, edge);
      longest[dependent] = Math.max(at(longest, dependent), level);
      waiting[dependent] = at(waiting, dependent) - 1;
      if (waiting[dependent] === 0) ready[reached++] = dependent;
    }
  }
  return { levels, reached };
}

function sortByLevel(nodes: readonly OrderedNode[], levels: Int32Array): number[] {
  const idOf = (position: number) => nodes[position]?.nodeId ?? '';
  // Level by level, ids are compared far less often than in one sort of all nodes.
  const groups: number[][] = [];
  for (let position = 0; position < levels.length; position += 1) {
    const level = at(levels, position);
    const group = groups[level];
    if (group === undefined) groups[level] = [position];
    else group.push(position);
  }
  return groups.flatMap((group) => group.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)));
}

/** Walks upstream from the smallest unreached id, always to the smallest unreached upstream, until a node repeats. */
function findCycle(nodes: readonly OrderedNode[], edges: Edges, levels: Int32Array): number[] {
  const unreached = (position: number) => levels[position] === 0;
  const smallest = (positions: Iterable<number>) => smallestId(nodes, positions, unreached);
  const path: number[] = [];
  const placeInPath = new Map<number, number>();
  let position = smallest(nodes.keys());
  while (!placeInPath.has(position)) {
    placeInPath.set(position, path.length);
    path.push(position);
    position = smallest(
      edges.upstreams.subarray(at(edges.upstreamFrom, position), at(edges.upstreamFrom, position + 1)),
    );
  }
  const cycle = path.slice(placeInPath.get(position));
  const start = cycle.indexOf(smallest(cycle));
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

function smallestId(
  nodes: readonly OrderedNode[],
  positions: Iterable<number>,
  counts: (position: number) => boolean,
): number {
  let best = -1;
  for (const position of positions) {
    if (!counts(position)) continue;
    if (best === -1 || (nodes[position]?.nodeId ?? '') < (nodes[best]?.nodeId ?? '')) best = position;
  }
  return best;
}

/** An element that exists by construction. */
function at(array: Int32Array, index: number): number {
  return array[index] ?? 0;
}
