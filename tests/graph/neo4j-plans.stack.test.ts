import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allStatements } from '../../graph/neo4j/driver/statement.js';
import { sampleSubmission } from '../samples.js';
import { submitWhole } from '../submit-whole.js';
import { emptyGraph, openStore, withSession } from './neo4j-fixture.js';

/** Operators that look at everything there is of a kind, or of all kinds. */
const scans = /Scan$/;
/** Operators that find rows by something else than one unique value. */
const manyRows = /^NodeIndexSeek|ByRange$/;

/** Statements that may: they read a page, or count what waits for a commit. */
const ofManyRows = [
  'count the graph',
  'read a page of nodes',
  'read a page of queues',
  'read a page of strategies',
  'read submissions with unsent events',
  'read unsent events',
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

test('all statements of the store are looked at', () => {
  const names = allStatements().map(({ name }) => name);
  expect(names.length).toBeGreaterThan(35);
  expect(new Set(names).size).toBe(names.length);
});

/**
 * A plan is made once and kept while the graph grows below it, so a statement must seek whatever the statistics say: with
 * a graph of one node a scan is as good as a seek, and with 50,000 it holds up everybody.
 */
describe.each(fills)('query plans made for %s', (_name, fill) => {
  beforeAll(async () => {
    await emptyGraph();
    await fill();
    // Plans of an earlier graph may still be kept.
    await withSession((session) => session.run('CALL db.clearQueryCaches()'));
    await withSession((session) => session.run('CALL db.prepareForReplanning()'));
  });

  afterAll(emptyGraph);

  test.each(allStatements().map(({ name, text }) => [name, text]))('%s', async (name, text) => {
    const { summary } = await withSession((session) => session.run(`EXPLAIN ${text}`));
    const { plan } = summary;
    if (plan === false) throw new Error('no plan');
    const operators = operatorsOf(plan).map((operator) => operator.replace('(Locking)', ''));
    expect(operators.filter((operator) => scans.test(operator))).toEqual([]);
    expect(operators.some((operator) => manyRows.test(operator))).toBe(ofManyRows.includes(name));
  });
});
