import { describe, expect, test } from 'vitest';
import { branded, isDagDigest } from '../../../domain/base/ids.js';
import { canonicalDag, dagText } from '../../../domain/dag/dag-digest.js';
import { readDag, readNodeNames, toStoredDag } from '../../../graph/neo4j/rows/stored-dag.js';
import { sampleSubmission } from '../../samples.js';

const { dag, dagDigest } = sampleSubmission({ nodes: 3, tags: ['z', 'a'], outputs: { last: 2 } });

describe('a stored DAG', () => {
  test('a DAG is stored as its canonical text, with the number of its form, and read from it', () => {
    const row = toStoredDag(dag);
    expect(row).toEqual({ body: dagText(dag), form: 1 });
    expect(readDag(row, dagDigest)).toEqual(canonicalDag(dag));
    expect(readNodeNames(row, dagDigest)).toEqual(
      new Map(dag.nodes.map(({ nodeId, name }) => [nodeId, name])),
    );
  });

  const other = branded(`blake3:${'0'.repeat(64)}`, isDagDigest);
  test.each([
    [
      'of a form that comes later',
      { ...toStoredDag(dag), form: 2 },
      dagDigest,
      'has form 2, and this release reads form 1',
    ],
    [
      'without a form',
      { body: dagText(dag) },
      dagDigest,
      'has form undefined, and this release reads form 1',
    ],
    [
      'whose text was changed',
      { ...toStoredDag(dag), body: dagText(dag).replace('"n0"', '"n9"') },
      dagDigest,
      'is not what its digest says',
    ],
    ['under another digest', toStoredDag(dag), other, 'is not what its digest says'],
  ])('a DAG %s is an error that names it, also for its names', (_what, row, digest, reason) => {
    for (const read of [readDag, readNodeNames])
      expect(() => read(row, digest)).toThrow(
        expect.objectContaining({ code: 'E_INTERNAL', message: `in the graph, the DAG ${digest} ${reason}` }),
      );
  });
});
