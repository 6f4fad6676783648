import type { Files } from '../pair.js';
import { type Block, blocks } from './blocks.js';
import { expressionOf } from './expression.js';
import { SeededChoice } from './seeded-choice.js';

/** Bars in the window of a generated strategy. */
export const generatedPeriod = 12;

const blocksMin = 3;
const blocksMore = 4;

/** A strategy of several blocks, each of which computes a number from the view and the numbers before it. */
export function generatedStrategy(seed: number): Files {
  const choice = new SeededChoice(seed);
  const count = blocksMin + choice.below(blocksMore);
  const before = new Set<string>();
  const body: string[] = [];
  const names = ['x'];
  for (let index = 0; index < count; index += 1) {
    const kind: Block = choice.of(blocks);
    const name = `n${index}`;
    const block = kind({ choice, name, value: () => expressionOf(choice, names, 2) });
    for (const definition of block.before) before.add(definition);
    body.push(block.body);
    names.push(name);
  }
  const result = names.slice(1).reduce((sum, name) => `${sum} ${choice.of(['+', '-', '*'])} ${name}`);
  const lines = [
    ...before,
    'export const compute = (view) => {',
    '  const { close, high, low, volume } = view.price;',
    '  const x = close.at(-1);',
    ...body.map((part) => `  ${part}`),
    `  return ${result};`,
    '};',
  ];
  return { 'main.ts': `${lines.join('\n')}\n` };
}
