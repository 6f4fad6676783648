import type { Params } from './cache-view.js';
import { requireObject, requireText } from './checked-argument.js';
import { DefinitionMembers } from './definition-members.js';
import { type Duration, days } from './duration.js';
import { memberOf } from './foreign-value.js';
import { duration, type Kind, kindOf, text, texts } from './member-kinds.js';
import { nodeBrand, type SourceData, type SourceNode } from './node.js';
import { readParams } from './node-params.js';
import { type OutputSchema, requireOutput } from './output-schema.js';

/**
 * The definition of a source.
 *
 * @example
 * ```ts
 * import { days, type SourceDefinition, source } from 'qmtl';
 *
 * const definition: SourceDefinition<{ close: 'float64' }> = {
 *   type: 'Price',
 *   interval: days(1),
 *   output: { close: 'float64' },
 *   params: { symbol: 'SPX' },
 * };
 * source('sp500', definition);
 * ```
 */
export interface SourceDefinition<O extends OutputSchema> {
  /** node_type, e.g. `PriceOhlcv`: a type that contains `raw`, `price` or `ohlcv` gets a raw topic. */
  readonly type: string;
  /** Time between two bars. */
  readonly interval: Duration;
  /** Field names and types, in the order in which records store them. */
  readonly output: O;
  /** Further identification of the feed, e.g. its symbol. JSON; part of the NodeID. */
  readonly params?: Params;
  /** The first usable tag names the asset in the topic. */
  readonly tags?: readonly string[];
  /** The history that a runner reads; not part of the NodeID (`as_of` pins the data). */
  readonly data?: SourceData;
  /**
   * Keeps the identity of the feed when its schema grows: set it to the id of the old schema. Adding fields at the end is
   * the compatible change; existing consumers continue to read the fields they know.
   */
  readonly schemaCompatId?: string;
}

/**
 * Defines a stream that comes from outside.
 *
 * The name of a source is the name of its feed: two sources are the same node when name, type, interval, params and
 * output fields are the same.
 *
 * @example
 * ```ts
 * import { csv, days, source } from 'qmtl';
 *
 * export const price = source('sp500', {
 *   type: 'PriceOhlcv',
 *   interval: days(1),
 *   output: { open: 'float64', high: 'float64', low: 'float64', close: 'float64', volume: 'float64' },
 *   params: { symbol: 'SPX' },
 *   tags: ['sp500', 'price'],
 *   data: csv(new URL('./data/sp500-daily.csv', import.meta.url)),
 * });
 * ```
 */
export function source<const O extends OutputSchema>(
  name: string,
  definition: SourceDefinition<O>,
): SourceNode<NoInfer<O>>;
export function source(name: string, definition: SourceDefinition<OutputSchema>): SourceNode {
  requireText(name, 'source()', 'a name');
  requireObject(definition, 'source()', 'define it: source(name, { type, interval, output })');
  const members = new DefinitionMembers(definition);
  return Object.freeze({
    [nodeBrand]: true as const,
    kind: 'source',
    name,
    type: members.required('type', text, 'Source'),
    interval: members.required('interval', duration, days(1)),
    output: requireOutput(members, 'output'),
    params: readParams(members, 'params'),
    tags: members.optional('tags', texts) ?? Object.freeze([]),
    data: members.optional('data', sourceData),
    schemaCompatId: members.optional('schemaCompatId', text),
    faults: members.allFaults(),
  });
}

const sourceData: Kind<SourceData> = kindOf(
  'an object with description and read',
  'pass csv(…), or { description, read }',
  (value): value is SourceData =>
    typeof memberOf(value, 'read') === 'function' && typeof memberOf(value, 'description') === 'string',
);
