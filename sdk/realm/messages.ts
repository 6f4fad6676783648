import type { Params } from '../nodes/cache-view.js';
import type { OutputSchema } from '../nodes/output-schema.js';
import type { Shared } from './shared-referents.js';
import type { CodePlace } from './tamed-globals.js';
import type { Shape } from './value-shape.js';

/** What the thread of a run is given: code, and the streams in the order in which a bar is evaluated. */
export interface EvaluationPlan {
  /** Closed modules by the hash of their text. */
  readonly modules: ReadonlyMap<string, string>;
  readonly streams: readonly PlannedStream[];
}

/** One stream; others refer to it by its index in the plan. */
export interface PlannedStream {
  readonly name: string;
  readonly output: OutputSchema;
  /** The number of bars that the consumer with the longest period sees. */
  readonly barsKept: number;
  /** Bars from outside; undefined for computed streams. */
  readonly arriving: Bars | undefined;
  /** Bars that a topic holds for the ComputeKey of this run; undefined when nothing may be reused. */
  readonly recorded: Bars | undefined;
  /** Whether bars that arrive are written to the topic, as those of a source are. */
  readonly isWritten: boolean;
  readonly compute: PlannedCompute | undefined;
}

export interface PlannedCompute {
  /** Key of `modules`. */
  readonly module: string;
  readonly params: Params;
  /** The number of bars that compute sees of every input. */
  readonly period: number;
  readonly inputs: readonly PlannedInput[];
  /** Index of the field with the position's weight, which must be a finite number; else -1. */
  readonly weightAt: number;
}

export interface PlannedInput {
  readonly name: string;
  readonly upstreams: readonly number[];
  /** Whether compute sees an array of streams, as for a tag query. */
  readonly isList: boolean;
}

/** Bars of one stream, one after the other, ascending in time. */
export interface Bars {
  /** Start of each bar, in whole seconds since the epoch. */
  readonly times: Float64Array;
  /** One value per field for each bar. */
  readonly values: Float64Array;
}

/** A script in the form of a closed module that returns constants: `[values, namespaces, modules, packaged]`. */
export interface ModuleConstants {
  readonly text: string;
}

/** One of the values, as it can be seen, and what its functions and instances keep. */
export interface ComputedValue {
  readonly shape: Shape;
  readonly hidden: readonly (readonly HiddenParts[])[];
}

/** What only a debugger shows of a function, or of an instance. */
export interface HiddenParts {
  readonly source: FunctionSource;
  readonly variables: readonly Shape[];
}

/** `place`: of a function in its script. `other`: what has no source of its own, or has it elsewhere, and instances. */
export type FunctionSource =
  | { readonly kind: 'place'; readonly line: number; readonly column: number }
  | { readonly kind: 'bound' | 'native' | 'other' };

export type ComputedConstants =
  | {
      readonly kind: 'computed';
      readonly values: readonly ComputedValue[];
      readonly shared: readonly Shared[];
      /** The numbers of definitions that keep state, so that others may have changed their values. */
      readonly renewed: readonly number[];
    }
  | { readonly kind: 'failed'; readonly thrown: string; readonly places: readonly CodePlace[] };

/** What is sent to the port: constants, or a fault of this library. */
export type ConstantsAnswer =
  | { readonly computed: readonly ComputedConstants[] }
  | { readonly fault: string };

/** A port of a message channel: declarations of this package name no types of Node. */
interface AnswerPort {
  postMessage(answer: ConstantsAnswer): void;
}

/** A request to the thread. A thread has one plan at a time. */
export type EvaluationRequest =
  /** Asks for the shapes of constants; the answer is sent to the port. */
  | {
      readonly kind: 'constants';
      readonly modules: readonly ModuleConstants[];
      readonly port: AnswerPort;
    }
  | { readonly kind: 'open'; readonly plan: EvaluationPlan }
  /** Evaluates buckets, in ascending order. */
  | { readonly kind: 'evaluate'; readonly times: Float64Array }
  | { readonly kind: 'close' };

export type EvaluationAnswer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'evaluated'; readonly bars: PackedBars }
  | { readonly kind: 'failed'; readonly fault: EvaluationFault };

/** The new outputs of all streams, in two buffers: buffers cost more than what is in them. */
export interface PackedBars {
  /**
   * For each stream its numbers of bars, of computed and of reused bars, and of bars that are not in a topic yet. Then, for each
   * stream of which some but not all bars are in a topic, the others.
   */
  readonly counts: Uint32Array;
  /** For each stream the times of its bars, then their values, one bar after the other. */
  readonly values: Float64Array;
}

/** The new outputs of one stream. */
export interface EvaluatedBars extends Bars {
  /** Rows that are not in a topic yet. */
  readonly unwritten: Uint32Array;
  readonly computed: number;
  readonly reused: number;
}

/** An error of an author's code. */
export interface EvaluationFault {
  readonly message: string;
  readonly hint: string | undefined;
  /** Index of the stream in the plan. */
  readonly stream: number;
  /** What the code threw; undefined when it returned something wrong. */
  readonly cause: { readonly name: string; readonly message: string } | undefined;
  /** Innermost first. */
  readonly places: readonly CodePlace[];
}
