import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allStatements } from '../../graph/neo4j/driver/statement.js';
import { sampleSubmission } from '../samples.js';
import { submitWhole } from '../submit-whole.js';
import { emptyGraph, openStore, withSession } from './neo4j-fixture.js';

/** Operators that read all nodes, or all of a label. */
const scans = /Scan$/;
/** Operators that find rows by anything but one unique value. */
const manyRows = /^NodeIndexSeek|ByRange$/;

/** Statements that may use them: they read a page, or count uncommitted rows. */
const ofManyRows = [
  'count the graph',
  'read a page of nodes',
  'read a page of queues',
  'read a page of strategies',
  'read how far submissions are announced',
  'read parked events',
  'read submissions with unsent events',
  'read the oldest changed sets',
  'read the oldest activations',
  'read the order of unsent events',
];

interface Plan {
  readonly operatorType: string;
  readonly children: readonly Plan[];
}

function operatorsOf(plan: Plan): readonly string[] {
  return [plan.operatorType.replace(/@.*/, ''), ...plan.children.flatMap(operatorsOf)];
}

const fills: readonly [string, () => Promise<void>][] = [
  ['an empty graph', async () => undefined],
  ['a filled graph', fillGraph],
];

async function fillGraph(): Promise<void> {
  const store = await openStore();
  for (let index = 0; index < 4; index += 1) {
    await submitWhole(
      store,
      sampleSubmission({
        nodes: 100,
        first: 1_000 * index,
        strategy: `s-${index}`,
        tagQuery: { tags: ['btc', 'indicator'], matchMode: 'any', interval: 60 },
      }),
    );
  }
}

test('the plans of all statements are checked', () => {
  const names = allStatements().map(({ name }) => name);
  expect(names.length).toBeGreaterThan(35);
  expect(new Set(names).size).toBe(names.length);
});

/**
 * A plan is made once and kept while the graph grows, so a statement must seek whatever the statistics say: in a graph of
 * one node a scan is as good as a seek, and with 50,000 nodes it blocks all others.
 */
describe.each(fills)('query plans made for %s', (_name, fill) => {
  beforeAll(async () => {
    await emptyGraph();
    await fill();
    // Plans made for an earlier graph may still be cached.
    await withSession((session) => session.run('CALL db.clearQueryCaches()'));
    await withSession((session) => session.run('CALL db.prepareForReplanning()'));
  });

  afterAll(emptyGraph);

  test.each(allStatements().map(({ name, text }) => [name, text]))(
    'the statement "%s" seeks',
    async (name, text) => {
      const { summary } = await withSession((session) => session.run(`EXPLAIN ${text}`));
      const { plan } = summary;
      if (plan === false) throw new Error('no plan');
      const operators = operatorsOf(plan).map((operator) => operator.replace('(Locking)', ''));
      expect(operators.filter((operator) => scans.test(operator))).toEqual([]);
      expect(operators.some((operator) => manyRows.test(operator))).toBe(ofManyRows.includes(name));
    },
  );
});
