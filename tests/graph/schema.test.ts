import { describe, expect, test } from 'vitest';
import { graphSchema, graphSchemaNames, schemaScript } from '../../graph/schema.js';

describe('the schema of the graph', () => {
  test('has the names that operators know', () => {
    const known = [
      'compute_pk',
      'kafka_topic',
      'compute_tags',
      'queue_interval',
      'compute_buffering_since',
      'node_tags_index',
    ];
    expect(graphSchemaNames).toEqual(expect.arrayContaining(known));
  });

  test('names each constraint and index once', () => {
    expect(new Set(graphSchemaNames).size).toBe(graphSchema.length);
  });

  test('asks for no index on what a constraint brings one for', () => {
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

  test('is a script of one statement a line', () => {
    expect(schemaScript().trimEnd().split('\n')).toHaveLength(graphSchema.length);
  });
});
