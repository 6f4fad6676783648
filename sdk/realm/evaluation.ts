import { deepFreeze } from '../../std/deep-freeze.js';
import { openView } from '../nodes/cache-view.js';
import { BarCursor, BarRows } from './bar-rows.js';
import { CachedStream } from './cached-stream.js';
import { type Computation, type EvaluatedStream, evaluateBars, withFault } from './evaluate-bars.js';
import type { Bars, EvaluationPlan, PackedBars, PlannedCompute, PlannedStream } from './messages.js';
import { compileModule, type ModuleFunction, ModuleInstance } from './module-instance.js';
import { outputWriter } from './output-writer.js';
import { packBars } from './packed-bars.js';
import type { RealmGlobals } from './realm.js';
import { openInputs } from './view-inputs.js';

/** How many bars of a node are computed twice. */
const barsCheckedMax = 16;

/** The evaluation of one plan: caches of all streams, and instances of all modules. */
export class Evaluation {
  readonly #streams: readonly EvaluatedStream[];
  /** The modules of the plan, compiled, by their text. */
  readonly modules: ReadonlyMap<string, ModuleFunction>;

  /** `known`: modules of other plans. Throws EvaluationError when a module cannot be evaluated. */
  constructor(plan: EvaluationPlan, globals: RealmGlobals, known: ReadonlyMap<string, ModuleFunction>) {
    const caches = plan.streams.map(({ output, barsKept }) => new CachedStream(output, barsKept));
    const compiled = new Map<string, ModuleFunction>();
    this.#streams = plan.streams.map((stream, index) => {
      const open = (compute: PlannedCompute): Computation => {
        const text = plan.modules.get(compute.module);
        if (text === undefined) throw new TypeError(`the plan has no module ${compute.module}`);
        // A package may be written for sloppy mode, which a module is not executed in.
        const strict = `the code of node ${stream.name} cannot be compiled in strict mode`;
        const made = compiled.get(text) ?? known.get(text);
        const compile = () => made ?? compileModule(text, compute.module);
        const module = withFault(index, strict, compile);
        compiled.set(text, module);
        const message = `the constants of compute of node ${stream.name} cannot be evaluated`;
        const instance = withFault(index, message, () => new ModuleInstance(module, globals));
        return computationOf(stream, compute, caches, instance);
      };
      return {
        index,
        cache: caches[index] ?? new CachedStream(stream.output, 1),
        arriving: cursorOf(stream.arriving, stream),
        recorded: cursorOf(stream.recorded, stream),
        isWritten: stream.isWritten,
        computation: stream.compute === undefined ? undefined : open(stream.compute),
        unwritten: [],
        computed: 0,
        reused: 0,
      };
    });
    this.modules = compiled;
  }

  /** Evaluates buckets in ascending order. Throws EvaluationError; then it must not be used any more. */
  evaluate(times: Float64Array): PackedBars {
    evaluateBars(this.#streams, times);
    return packBars(this.#streams, times);
  }
}

function computationOf(
  { name, output }: PlannedStream,
  { params, period, inputs, weightAt }: PlannedCompute,
  caches: readonly CachedStream[],
  instance: ModuleInstance,
): Computation {
  const { streams, columns } = openInputs(inputs, period, (upstream) => caches[upstream]);
  return {
    name,
    period,
    instance,
    inputs: streams,
    leastEnds: new Int32Array(streams.length),
    view: openView(deepFreeze(params), columns),
    write: outputWriter({ name, output }),
    row: new Float64Array(Object.keys(output).length),
    checkRow: new Float64Array(Object.keys(output).length),
    weightAt,
    checksLeft: barsCheckedMax,
  };
}

function cursorOf(bars: Bars | undefined, { output }: PlannedStream): BarCursor | undefined {
  if (bars === undefined) return undefined;
  return new BarCursor(BarRows.of(Object.keys(output).length, bars));
}
