import { artifactsDocument } from '../../domain/artifacts/artifacts-document.js';
import { QmtlError } from '../../domain/base/errors.js';
import { type Json, pointerSegment } from '../../std/json.js';
import type { LoadedProject } from '../code/code-analysis.js';
import { readOptions, requireObject, requireText } from '../nodes/checked-argument.js';
import { DefinitionMembers } from '../nodes/definition-members.js';
import { type Kind, kindOf, text } from '../nodes/member-kinds.js';
import { namedNodes } from '../nodes/named-nodes.js';
import { isNode, type OutputNode, type StreamNode } from '../nodes/node.js';
import { acceptedDagDocument } from './checked-submission.js';
import { type CheckedStrategy, compileStrategy, type StrategyCompilation } from './compile-strategy.js';
import {
  type CompiledStrategy,
  type PositionNode,
  type Strategy,
  type SubmissionOptions,
  strategyBrand,
  type TradedNode,
} from './strategy.js';

/**
 * The definition of a strategy.
 *
 * @example
 * ```ts
 * import { bars, days, node, type StrategyDefinition, source, strategy } from 'qmtl';
 *
 * const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
 * const mean = node('mean', { inputs: { price }, period: bars(5), compute: (view) => view.price.close.mean() });
 * const definition: StrategyDefinition = { version: 'v2', outputs: { mean } };
 * strategy('means', definition);
 * ```
 */
export type StrategyDefinition = {
  /** A version label; default `v1`. */
  readonly version?: string;
} & (
  | {
      /** The nodes the strategy is run for, by name. */
      readonly outputs: Readonly<Record<string, OutputNode>> & { readonly position?: PositionNode };
      readonly traded?: undefined;
    }
  | {
      /** The nodes the strategy is run for, by name; a backtest reports the performance of `position`. */
      readonly outputs: Readonly<Record<string, OutputNode>> & { readonly position: PositionNode };
      /** The asset that `position` holds; a backtest earns or loses by its closes. */
      readonly traded: TradedNode;
    }
);

/**
 * Defines a strategy: all nodes its outputs need, under one name and version.
 *
 * Nothing in the definition is refused before `check`, `compile` or `toSubmissionDocument` is called. They report all problems at once:
 * `E_CAPTURE` and `E_IMPURE_COMPUTE` for compute functions, with file, line and column, and everything the control plane
 * would refuse.
 *
 * @example
 * ```ts
 * import { bars, days, node, source, strategy } from 'qmtl';
 *
 * const price = source('sp500', { type: 'PriceOhlcv', interval: days(1), output: { close: 'float64' } });
 *
 * const position = node('position', {
 *   inputs: { price },
 *   period: bars(200),
 *   output: { weight: 'float64' },
 *   compute: (view) => ({ weight: view.price.close.at(-1) > view.price.close.mean() ? 1 : 0 }),
 * });
 *
 * export default strategy('trend', { version: 'v1', outputs: { position }, traded: price });
 * ```
 */
export function strategy(id: string, definition: StrategyDefinition): Strategy {
  requireText(id, 'strategy()', 'an id');
  requireObject(definition, 'strategy()', 'define it: strategy(id, { outputs: { … } })');
  const members = new DefinitionMembers(definition);
  const version = members.optional('version', text) ?? 'v1';
  const named = namedNodes(members, 'outputs', {
    one: 'output',
    none: 'the strategy has no outputs',
    hint: 'name the nodes it is run for: outputs: { position }',
  });
  const outputs = outputsOf(named, (name) => {
    const message = `output ${name} is a tag query, which reads the streams of others and has none of its own`;
    members.note(`/outputs/${pointerSegment(name)}`, message, 'name a node that reads it');
  });
  const traded = members.optional('traded', tradedSource);
  const soundOutputs = members.faults.every(({ path }) => !path.startsWith('/outputs'));
  if (traded !== undefined && soundOutputs && outputs.position?.output.weight === undefined) {
    const hint = 'add an output named position with the field weight, the fraction of capital to hold';
    const lacks =
      outputs.position === undefined ? 'there is no output' : 'there is no field weight in the output';
    members.note('/traded', `traded is set, but ${lacks} named position`, hint);
  }
  return makeStrategy(id, { version, outputs, traded, faults: members.allFaults() });
}

/** The nodes with a stream of their own; `note` is called with the name of any other. */
function outputsOf(
  named: Readonly<Record<string, StreamNode>>,
  note: (name: string) => void,
): Readonly<Record<string, OutputNode>> {
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, node]): [string, OutputNode][] => {
      if (node.kind !== 'tag-query') return [[name, node]];
      note(name);
      return [];
    }),
  );
}

const tradedSource: Kind<TradedNode> = kindOf(
  'a source with the field close',
  'pass the return value of source(): a backtest marks positions to its closes',
  (value): value is TradedNode =>
    isNode(value) && value.kind === 'source' && value.output.close !== undefined,
);

/** Like `strategy`. `loaded`: what was loaded with it. */
export function makeStrategy(
  id: string,
  { version, outputs, traded, faults }: Pick<Strategy, 'version' | 'outputs' | 'traded' | 'faults'>,
  loaded?: LoadedProject,
): Strategy {
  let compilation: StrategyCompilation | undefined;
  const compile = (): StrategyCompilation => {
    compilation ??= compileStrategy(made, loaded);
    return compilation;
  };
  const compiled = (): CheckedStrategy => {
    const checked = accepted(made, compile());
    known.set(checked, checked);
    return checked;
  };
  const made: Strategy = Object.freeze({
    [strategyBrand]: true as const,
    id,
    version,
    outputs: Object.freeze({ ...outputs }),
    traded,
    faults,
    check: () => compile().problems,
    compile: compiled,
    toSubmissionDocument: (options: SubmissionOptions) => {
      const placement = readPlacement(options);
      return submissionDocumentOf(compiled(), placement);
    },
  });
  return made;
}

/** Strategies compiled by this copy of the library. */
const known = new WeakMap<CompiledStrategy, CheckedStrategy>();

/** The strategy with checked ids; compiled again when another copy of this library compiled it. */
export function checkedStrategy(compiled: CompiledStrategy): CheckedStrategy {
  const found = known.get(compiled);
  if (found !== undefined) return found;
  const { strategy: author } = compiled;
  return checkedStrategy(makeStrategy(author.id, author).compile());
}

/** What `toSubmissionDocument` was given, with all members. */
type Placement = Pick<SubmissionOptions, 'world'> & {
  readonly [N in keyof Omit<Required<SubmissionOptions>, 'world'>]: string | undefined;
};

function readPlacement(options: SubmissionOptions): Placement {
  const names = ['world', 'domain', 'asOf', 'partition', 'commitHash'] as const;
  return readOptions('toSubmissionDocument()', options, names, (given) => ({
    world: given.required('world', text, ''),
    domain: given.optional('domain', text),
    asOf: given.optional('asOf', text),
    partition: given.optional('partition', text),
    commitHash: given.optional('commitHash', text),
  }));
}

function submissionDocumentOf(
  checked: CheckedStrategy,
  { world, domain, asOf, partition, commitHash }: Placement,
): { readonly [key: string]: Json } {
  return {
    strategy_id: checked.strategy.id,
    world_id: world,
    meta: { version: checked.strategy.version },
    dag: acceptedDagDocument(checked),
    ...artifactsDocument(checked.artifacts),
    ...(domain === undefined ? {} : { execution_domain: domain }),
    ...(asOf === undefined ? {} : { as_of: asOf }),
    ...(partition === undefined ? {} : { partition }),
    ...(commitHash === undefined ? {} : { commit_hash: commitHash }),
  };
}

function accepted({ id }: Strategy, { compiled, problems }: StrategyCompilation): CheckedStrategy {
  if (compiled !== undefined) return compiled;
  const count = problems.length;
  throw new QmtlError(
    problems[0]?.code ?? 'E_INTERNAL',
    `strategy ${id} has ${count} problem${count === 1 ? '' : 's'}`,
    { problems, hint: 'fix the listed problems' },
  );
}
