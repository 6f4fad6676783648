/** `qmtl`: defines nodes and strategies, checks them and computes their ids in this process. */
export { type ErrorCode, isQmtlError, type Problem, QmtlError } from '../domain/base/errors.js';
export type { Json } from '../std/json.js';
export { type StrategyDefinition, strategy } from './compile/define-strategy.js';
export { type LoadOptions, loadStrategy } from './compile/load-strategy.js';
export type {
  CompiledNode,
  CompiledNodeSpec,
  CompiledStrategy,
  PositionNode,
  Strategy,
  SubmissionOptions,
  TradedNode,
} from './compile/strategy.js';
export type { CacheView, Columns, InputView, Params } from './nodes/cache-view.js';
export type { Column } from './nodes/column.js';
export { type NodeDefinition, node } from './nodes/compute-node.js';
export { csv } from './nodes/csv.js';
export { type Bars, bars, type Duration, days, hours, minutes, seconds } from './nodes/duration.js';
export type {
  ComputeNode,
  Inputs,
  NodeBase,
  OutputNode,
  SourceBar,
  SourceData,
  SourceNode,
  StreamNode,
  TagQueryNode,
} from './nodes/node.js';
export type {
  ComputeResult,
  FieldType,
  NoOtherFields,
  OutputRow,
  OutputSchema,
} from './nodes/output-schema.js';
export { type SourceDefinition, source } from './nodes/source.js';
export { type TagQueryDefinition, tagQuery } from './nodes/tag-query.js';
