import { describe, expect, test } from 'vitest';
import { parseSubmission } from '../../../domain/submissions/submission-document.js';
import { sampleNode } from '../../samples.js';

const node = sampleNode({ dependencies: [] });
const dag = { nodes: [node] };
const document = { strategy_id: 's', world_id: 'w', execution_domain: 'live', dag };

function problemsOf(value: unknown) {
  const parsed = parseSubmission(value);
  return parsed.ok ? [] : parsed.problems;
}

describe('members that are not known', () => {
  test.each([
    ['of a submission', { ...document, startegy_id: 's' }, '/startegy_id', 'strategy_id'],
    [
      'of a DAG',
      { ...document, dag: { ...dag, node_ids_crc23: 5 } },
      '/dag/node_ids_crc23',
      'node_ids_crc32',
    ],
    [
      'of a node',
      { ...document, dag: { nodes: [{ ...node, Intervall: 60 }] } },
      '/dag/nodes/0/Intervall',
      'interval',
    ],
  ])(
    'a misspelt member %s is refused with its place, the nearest name and the known ones',
    (_of, value, path, near) => {
      expect(problemsOf(value)).toMatchObject([
        {
          code: 'E_SCHEMA_INVALID',
          path,
          message: expect.stringContaining(`is ${near} meant?`),
          hint: expect.stringContaining(near),
        },
      ]);
    },
  );

  test('a member without a near name is refused too, and a place is escaped and short', () => {
    const [problem] = problemsOf({ ...document, [`a/b~${'c'.repeat(500)}`]: 1 });
    expect(problem?.message).not.toContain('meant');
    expect(problem?.path).toMatch(/^\/a~1b~0c{90,96}$/);
  });

  test('metadata and members that begin with x- hold anything, and change nothing', () => {
    const extra = { metadata: { a: 1 }, 'x-team': ['b'] };
    const more = { ...document, ...extra, dag: { ...dag, ...extra, nodes: [{ ...node, ...extra }] } };
    expect(parseSubmission(more)).toEqual(parseSubmission(document));
  });
});

describe('the version of a document', () => {
  test.each([[undefined], [null], ['v1'], ['1'], ['1.0'], [1]])('the version %j is read', (version) => {
    const versioned = { ...document, schema_version: version, dag: { ...dag, schema_version: version } };
    expect(parseSubmission(versioned)).toEqual(parseSubmission(document));
  });

  test.each([['v2'], [2], ['1.1'], [''], [{}]])(
    'the version %j is refused with the supported ones',
    (version) => {
      for (const [value, path] of [
        [{ ...document, schema_version: version }, '/schema_version'],
        [{ ...document, dag: { ...dag, schema_version: version } }, '/dag/schema_version'],
      ] as const)
        expect(problemsOf(value)).toMatchObject([
          { code: 'E_SCHEMA_INVALID', path, hint: expect.stringContaining('supported are v1, 1 and 1.0') },
        ]);
    },
  );
});
