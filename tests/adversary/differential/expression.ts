import type { SeededChoice } from './seeded-choice.js';

const binary = ['+', '-', '*', '/', '%'] as const;
const functions = [
  'Math.abs',
  'Math.sqrt',
  'Math.floor',
  'Math.round',
  'Math.cbrt',
  'Math.log1p',
  'Math.sign',
  'Math.trunc',
  'Math.fround',
  'Math.exp',
  'Math.log',
  'Math.tanh',
  'Math.atan',
  'Math.sin',
  'Math.cos',
] as const;
const comparisons = ['<', '<=', '>', '>=', '===', '!=='] as const;

/**
 * A numeric expression of the given depth at most, over these names and the columns of the view. Never a number alone:
 * loaders compute what consists of numbers only.
 */
export function expressionOf(choice: SeededChoice, names: readonly string[], depth: number): string {
  if (depth === 0) return variableOf(choice, names);
  const first = () => expressionOf(choice, names, depth - 1);
  const second = () => (choice.below(3) === 0 ? numberOf(choice) : first());
  switch (choice.below(7)) {
    case 0:
    case 1:
      return `(${first()} ${choice.of(binary)} ${second()})`;
    case 2:
      return `${choice.of(functions)}(${second()})`;
    case 3:
      return `(${first()} ${choice.of(comparisons)} ${second()} ? ${second()} : ${second()})`;
    case 4:
      return `Math.${choice.of(['min', 'max', 'hypot', 'atan2', 'pow'])}(${second()}, ${first()})`;
    case 5:
      return `(-${first()} || ${second()})`;
    default:
      return variableOf(choice, names);
  }
}

function numberOf(choice: SeededChoice): string {
  return String(choice.below(1000) / choice.of([1, 8, 10, 100, 1000]));
}

function variableOf(choice: SeededChoice, names: readonly string[]): string {
  const bar = choice.below(12);
  switch (choice.below(5)) {
    case 0:
      return `close.at(${bar})`;
    case 1:
      return `${choice.of(['high', 'low', 'volume'])}.at(${-1 - bar})`;
    case 2:
      return `close.${choice.of(['mean', 'std', 'min', 'max', 'sum'])}()`;
    case 3:
      return choice.of(['view.params.factor', 'view.params.window', 'view.params.limits[0]']);
    default:
      return names[choice.below(names.length)] ?? 'x';
  }
}
