import { expect, test } from 'vitest';
import { differences, type Outcome, outcomesIn } from './comparison.js';
import { environments } from './environments.js';
import { generatedStrategy } from './generated-strategy.js';

const strategies = 40;
const bars = 100;

test('generated strategies have the same ids and outputs in two places', async () => {
  const sources = Array.from({ length: strategies }, (_, seed) => generatedStrategy(seed));
  const found = new Map<string, readonly Outcome[]>();
  for (const [name, env] of Object.entries(environments))
    found.set(name, await outcomesIn(sources, bars, { env }));
  expect(differences(found)).toEqual([]);
  const outcomes = [...found.values()].flat();
  expect(outcomes.filter(({ isRefused }) => isRefused)).toEqual([]);
  expect(new Set(outcomes.map(({ digest }) => digest)).size).toBe(strategies);
});

test('a strategy is generated from its seed alone', () => {
  expect(generatedStrategy(7)).toEqual(generatedStrategy(7));
  expect(generatedStrategy(7)).not.toEqual(generatedStrategy(8));
});
