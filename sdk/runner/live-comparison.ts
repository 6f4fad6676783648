import { QmtlError } from '../../domain/base/errors.js';
import { type OpenView, openView } from '../nodes/cache-view.js';
import { describeThrown } from '../nodes/foreign-value.js';
import { isoTime } from '../realm/bar-rows.js';
import { CachedStream } from '../realm/cached-stream.js';
import type { EvaluatedBars } from '../realm/messages.js';
import { outputWriter } from '../realm/output-writer.js';
import { openInputs } from '../realm/view-inputs.js';
import type { RunNode } from './run-node.js';
import type { RunStream } from './run-streams.js';

/** How many bars of a node are compared at its start. */
const barsComparedMax = 8;

/** How many of its newest bars are compared at a time. */
const newestComparedMax = 4;

type ComputeStream = Extract<RunStream, { kind: 'compute' }>;

interface LiveNode {
  readonly definition: ComputeStream;
  readonly view: OpenView;
  readonly row: Float64Array;
  left: number;
}

/**
 * Compares the first bars of each closed module with the function that the author's program holds, and later on request single
 * ones. They differ when something changed a value that the function captures in a way that its source does not show, or when
 * the files were executed in another way than the module is: the id of the node would stand for other numbers than its author
 * expects.
 */
export class LiveComparison {
  readonly #caches: readonly CachedStream[];
  readonly #live: readonly (LiveNode | undefined)[];

  constructor(nodes: readonly RunNode[]) {
    this.#caches = nodes.map(
      ({ definition, barsKept }) => new CachedStream(definition.node.output, barsKept),
    );
    const cacheOf = new Map(nodes.map(({ nodeId }, index) => [nodeId, this.#caches[index]]));
    this.#live = nodes.map(({ definition }) => {
      if (definition.kind !== 'compute' || definition.code.isStored === true) return undefined;
      const { node, inputs } = definition;
      const { columns } = openInputs(inputs, node.period.bars, (upstream) => cacheOf.get(upstream));
      return {
        definition,
        view: openView(node.params, columns),
        row: new Float64Array(Object.keys(node.output).length),
        left: barsComparedMax,
      };
    });
  }

  /** Takes the outputs of the next buckets. Throws `E_CAPTURE` when a live function returns something else. */
  compare(streams: readonly EvaluatedBars[]): void {
    if (!this.#isComparing()) return;
    const next = streams.map(() => 0);
    const earliest = () =>
      Math.min(...streams.map(({ times }, index) => times[next[index] ?? 0] ?? Number.POSITIVE_INFINITY));
    for (let time = earliest(); Number.isFinite(time) && this.#isComparing(); time = earliest()) {
      for (const [index, bars] of streams.entries()) {
        const row = next[index] ?? 0;
        if (bars.times[row] !== time) continue;
        next[index] = row + 1;
        this.#take(index, time, bars, row);
      }
    }
  }

  #take(index: number, time: number, { values, unwritten }: EvaluatedBars, row: number): void {
    const cache = this.#caches[index];
    if (cache === undefined) return;
    const from = row * cache.fields;
    // Other rows were recorded by an earlier run, or come from outside.
    const isComputed = unwritten.includes(row);
    if (isComputed) this.#compareOne(this.#live[index], time, values.subarray(from, from + cache.fields));
    cache.push(values, from);
  }

  #isComparing(): boolean {
    return this.#live.some((one) => one !== undefined && one.left > 0);
  }

  #compareOne(live: LiveNode | undefined, time: number, values: Float64Array): void {
    if (live === undefined || live.left === 0) return;
    live.left -= 1;
    compareBar(live, time, values);
  }

  /**
   * Compares the newest bars of each node, over the outputs so far: of bars that follow each other, what one leaves behind
   * shows in the next. Throws as `compare` does.
   *
   * `computed`: how many of the newest bars of the node at this position were computed by this run, up to a number.
   */
  compareNewest(nodes: readonly RunNode[], computed: (index: number, max: number) => number): void {
    const byId = new Map(nodes.map((run) => [run.nodeId, run]));
    for (const [index, { outputs }] of nodes.entries()) {
      const live = this.#live[index];
      if (live === undefined) continue;
      const first = outputs.rows - computed(index, newestComparedMax);
      for (let row = first; row < outputs.rows; row += 1) compareRow(live, byId, outputs, row);
    }
  }
}

function compareRow(
  live: LiveNode,
  byId: ReadonlyMap<string, RunNode>,
  outputs: RunNode['outputs'],
  row: number,
): void {
  const { node, inputs } = live.definition;
  const time = outputs.time(row);
  const { columns } = openInputs(inputs, node.period.bars, (upstream) =>
    barsUpTo(byId.get(upstream), time, node.period.bars),
  );
  const values = outputs.values.subarray(row * outputs.fields, (row + 1) * outputs.fields);
  compareBar({ ...live, view: openView(node.params, columns) }, time, values);
}

/** The bars of a stream that a consumer sees at a time. */
function barsUpTo(run: RunNode | undefined, time: number, barsMax: number): CachedStream | undefined {
  if (run === undefined) return undefined;
  const { outputs, definition } = run;
  const cache = new CachedStream(definition.node.output, barsMax);
  let end = outputs.rows;
  while (outputs.time(end - 1) > time) end -= 1;
  for (let row = Math.max(0, end - barsMax); row < end; row += 1) {
    cache.push(outputs.values, row * outputs.fields);
  }
  return cache;
}

/** `values`: what the closed module returned. */
function compareBar(
  { definition, view, row }: Omit<LiveNode, 'left'>,
  time: number,
  values: Float64Array,
): void {
  const { node, code } = definition;
  view.moveTo(time);
  let found: string;
  try {
    outputWriter(node)(node.compute(view.view), row);
    if (row.every((value, field) => Object.is(value, values[field]))) return;
    found = `returned ${row.join(', ')}`;
  } catch (thrown) {
    found = `threw ${describeThrown(thrown)}`;
  }
  throw new QmtlError(
    'E_CAPTURE',
    `compute of node ${node.name} returned ${values.join(', ')} from its source, and the loaded function ${found}, at ${isoTime(time)}`,
    { hint: `the function is at ${code.placeOf(undefined)}; ${possibleReasons}` },
  );
}

/** Which of them it is cannot be seen from the two results. */
const possibleReasons = [
  'possible reasons: the function keeps something from bar to bar, where each bar is computed from the view alone',
  'something changes a value that it captures, where each constant needs its whole value where it is declared',
  'a value depends on the order in which files with side effects are loaded',
  'a CommonJS file relies on sloppy mode, and a module is strict',
  'a file was changed after it had been loaded',
].join('; ');
