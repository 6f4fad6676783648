import { deepFreeze } from '../../std/deep-freeze.js';
import { openView } from '../nodes/cache-view.js';
import { BarCursor, BarRows } from './bar-rows.js';
import { CachedStream } from './cached-stream.js';
import { type Computation, type EvaluatedStream, evaluateBar, withFault } from './evaluate-bar.js';
import type { Bars, EvaluatedBars, EvaluationPlan, PlannedCompute, PlannedStream } from './messages.js';
import { compileModule, type ModuleFunction, ModuleInstance } from './module-instance.js';
import { outputWriter } from './output-writer.js';
import type { RealmGlobals } from './realm.js';
import { openInputs } from './view-inputs.js';

/** How many bars of a node are computed twice. */
const barsCheckedMax = 16;

/** The evaluation of one plan: caches of all streams, and instances of all modules. */
export class Evaluation {
  readonly #streams: readonly EvaluatedStream[];

  /** Throws EvaluationError when a module cannot be evaluated. */
  constructor(plan: EvaluationPlan, globals: RealmGlobals) {
    const caches = plan.streams.map(({ output, barsKept }) => new CachedStream(output, barsKept));
    const compiled = new Map<string, ModuleFunction>();
    this.#streams = plan.streams.map((stream, index) => {
      const open = (compute: PlannedCompute): Computation => {
        const text = plan.modules.get(compute.module);
        if (text === undefined) throw new TypeError(`the plan has no module ${compute.module}`);
        // A package may be written for sloppy mode, which a module is not executed in.
        const strict = `the code of node ${stream.name} cannot be compiled in strict mode`;
        const compile = () => compiled.get(compute.module) ?? compileModule(text, compute.module);
        const module = withFault(index, strict, compile);
        compiled.set(compute.module, module);
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
        outputs: new BarRows(Object.keys(stream.output).length),
        unwritten: [],
        computed: 0,
        reused: 0,
      };
    });
  }

  /** Evaluates buckets in ascending order. Throws EvaluationError. */
  evaluate(times: Float64Array): EvaluatedBars[] {
    for (const time of times) evaluateBar(this.#streams, time);
    return this.#streams.map(takeOutputs);
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

/** The outputs since the last call. */
function takeOutputs(stream: EvaluatedStream): EvaluatedBars {
  const { outputs, computed, reused } = stream;
  const taken = {
    ...outputs.toBars(),
    unwritten: Uint32Array.from(stream.unwritten),
    computed,
    reused,
  };
  outputs.clear();
  stream.unwritten.length = 0;
  stream.computed = 0;
  stream.reused = 0;
  return taken;
}
