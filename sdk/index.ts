export { type ErrorCode, type Problem, QmtlError } from '../domain/errors.js';
export type { CacheView, Columns, InputView, Params } from './cache-view.js';
export type { Column } from './column.js';
export { type NodeDefinition, node } from './compute-node.js';
export { csv } from './csv.js';
export { type StrategyDefinition, strategy } from './define-strategy.js';
export { type Bars, bars, type Duration, days, hours, minutes, seconds } from './duration.js';
export { loadStrategy } from './load-strategy.js';
export type { ComputeNode, Inputs, SourceNode, StreamNode, TagQueryNode } from './node.js';
export type { ComputeResult, FieldType, OutputRow, OutputSchema } from './output-schema.js';
export { type SourceDefinition, source } from './source.js';
export type { SourceBar, SourceData } from './source-data.js';
export type {
  CompiledNode,
  CompiledStrategy,
  PositionNode,
  Strategy,
  SubmissionOptions,
  TradedNode,
} from './strategy.js';
export { type TagQueryDefinition, tagQuery } from './tag-query.js';
