import { pointerSegment } from '../../std/json.js';
import { type CacheView, type Params, reservedInputNames } from './cache-view.js';
import { requireObject, requireText } from './checked-argument.js';
import { DefinitionMembers } from './definition-members.js';
import { type Bars, bars, type Duration, days } from './duration.js';
import { duration, type Kind, kindOf, numberOfBars, text, texts } from './member-kinds.js';
import { namedNodes } from './named-nodes.js';
import { type ComputeNode, type Inputs, nodeBrand, type StreamNode } from './node.js';
import { readParams } from './node-params.js';
import { type ComputeResult, type NoOtherFields, type OutputSchema, readOutput } from './output-schema.js';

/**
 * The definition of a compute node.
 *
 * @example
 * ```ts
 * import { bars, days, type NodeDefinition, node, source } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * type Definition = NodeDefinition<{ price: typeof price }, { scale: number }, { value: 'float64' }, number>;
 * const definition: Definition = {
 *   inputs: { price },
 *   period: bars(2),
 *   params: { scale: 100 },
 *   compute: (view) => view.price.close.at(-1) * view.params.scale,
 * };
 * node('scaled', definition);
 * ```
 */
export interface NodeDefinition<
  I extends Inputs,
  P extends Params,
  O extends OutputSchema,
  R extends ComputeResult<O>,
> {
  /** node_type; default `Indicator`. A type that contains `exec`, `trade`, `order` or `portfolio` gets a trade topic. */
  readonly type?: string;
  /** Upstreams by their names in the view. All must have the same interval. */
  readonly inputs: I & { readonly params?: never; readonly time?: never };
  /** The number of bars of every input that compute sees, including the newest; default one. */
  readonly period?: Bars;
  /** Interval of the inputs. Optional; it is checked when set. */
  readonly interval?: Duration;
  /** Constants that compute reads as `view.params`. JSON; part of the NodeID. */
  readonly params?: P;
  /** Field names and types; default `{ value: 'float64' }`. */
  readonly output?: O;
  readonly tags?: readonly string[];
  /** Replaces the id derived from the output fields. */
  readonly schemaCompatId?: string;
  /**
   * Computes one bar. It must be pure: it reads its view, constants of its module and imported functions, and nothing else.
   * Its code, and all code it reaches, is part of the NodeID.
   */
  readonly compute: (view: CacheView<I, P>) => R & NoOtherFields<O, R>;
}

/**
 * Defines a stream computed from other streams, one bar at a time.
 *
 * Compute is called for a bar when every input has `period` bars up to and including it. It returns a row of its output
 * fields, or a number when the only field is `value`.
 *
 * @example
 * ```ts
 * import { bars, days, node, source } from 'qmtl';
 *
 * const price = source('sp500', { type: 'PriceOhlcv', interval: days(1), output: { close: 'float64' } });
 *
 * const returns = node('returns', {
 *   inputs: { price },
 *   period: bars(2),
 *   compute: (view) => view.price.close.at(-1) / view.price.close.at(-2) - 1,
 * });
 *
 * // A family of nodes: the differences are params, so that compute captures nothing.
 * const average = (window: number) =>
 *   node(`average-${window}`, {
 *     inputs: { price },
 *     period: bars(window),
 *     params: { window },
 *     compute: (view) => view.price.close.sum() / view.params.window,
 *   });
 * ```
 */
export function node<
  const I extends Inputs,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- there are no params to read
  const P extends Params = Readonly<Record<never, never>>,
  const O extends OutputSchema = { readonly value: 'float64' },
  R extends ComputeResult<O> = ComputeResult<O>,
>(name: string, definition: NodeDefinition<I, P, O, R>): ComputeNode<NoInfer<O>>;
export function node(
  name: string,
  definition: NodeDefinition<Inputs, Params, OutputSchema, ComputeResult<OutputSchema>>,
): ComputeNode {
  requireText(name, 'node()', 'a name');
  requireObject(definition, 'node()', 'define it: node(name, { inputs: { price }, compute: (view) => … })');
  const members = new DefinitionMembers(definition);
  const inputs = namedNodes(members, 'inputs', {
    one: 'input',
    none: 'the node has no inputs',
    hint: 'name the nodes that compute reads: inputs: { price }',
  });
  const interval = members.optional('interval', duration) ?? inputInterval(inputs);
  for (const [input, upstream] of Object.entries(inputs)) noteInput(members, input, upstream, interval);
  return Object.freeze({
    [nodeBrand]: true as const,
    kind: 'compute',
    name,
    type: members.optional('type', text) ?? 'Indicator',
    interval,
    period: members.optional('period', numberOfBars) ?? bars(1),
    inputs,
    output: readOutput(members, 'output'),
    params: readParams(members, 'params'),
    tags: members.optional('tags', texts) ?? noTags,
    schemaCompatId: members.optional('schemaCompatId', text),
    compute: members.required('compute', computeFunction, noCompute),
    faults: members.allFaults(),
  });
}

const noTags: readonly string[] = Object.freeze([]);
const noCompute = () => Number.NaN;

/** The interval of the first input; a node without inputs is refused, so its interval does not matter. */
function inputInterval(inputs: Inputs): Duration {
  return Object.values(inputs)[0]?.interval ?? days(1);
}

function noteInput<D extends { readonly inputs: unknown }>(
  members: DefinitionMembers<D>,
  name: string,
  input: StreamNode,
  interval: Duration,
): void {
  const path = `/inputs/${pointerSegment(name)}`;
  if (reservedInputNames.includes(name)) {
    const hint = `view.${name} is reserved: choose another name`;
    members.note(path, `an input cannot be named ${name}`, hint);
  }
  // A placeholder causes no other fault.
  const known = input.faults.every((fault) => fault.path !== '/interval');
  if (!known || input.interval.seconds === interval.seconds) return;
  const message = `input ${name} (${input.name}) has bars of ${input.interval.seconds} s, the node has ${interval.seconds} s`;
  members.note(path, message, 'all inputs of a node must have its interval: resample in a separate source');
}

const computeFunction: Kind<ComputeNode['compute']> = kindOf(
  'a function',
  'pass a function: compute: (view) => …',
  (value): value is ComputeNode['compute'] => typeof value === 'function',
);
