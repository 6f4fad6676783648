import { describe, expect, test } from 'vitest';
import { graphSchema, graphSchemaNames, schemaScript } from '../../graph/schema.js';

describe('the schema of the graph', () => {
  test('the schema keeps the names that operators know', () => {
    const known = [
      'compute_pk',
      'kafka_topic',
      'compute_tags',
      'queue_interval',
      'queue_buffering_since',
      'node_tags_index',
    ];
    expect(graphSchemaNames).toEqual(expect.arrayContaining(known));
  });

  test('each constraint and index has a name of its own', () => {
    expect(new Set(graphSchemaNames).size).toBe(graphSchema.length);
  });

  test('no index duplicates that of a constraint', () => {
    const on = (kind: string) =>
      graphSchema
        .filter((statement) => statement.startsWith(`CREATE ${kind}`))
        .map((statement) =>
          /FOR \(\w+:(\w+)\) (?:ON|REQUIRE) \(?\w+\.(\w+)/.exec(statement)?.slice(1).join('.'),
        );
    expect(on('INDEX').filter((target) => on('CONSTRAINT').includes(target))).toEqual(
      ['Queue.topic'].slice(1),
    );
  });

  test('the schema script has one statement per line', () => {
    expect(schemaScript().trimEnd().split('\n')).toHaveLength(graphSchema.length);
  });
});
