import { readFileSync, writeFileSync } from 'node:fs';
import type { CellResult } from './matrix.js';

const file = 'docs/reliability.md';
const begin = '<!-- cells: made by npm run test:crash -->';
const end = '<!-- end of cells -->';

/** Writes the table of cells into docs/reliability.md. */
export function writeCells(title: string, results: readonly CellResult[]): void {
  const text = readFileSync(file, 'utf8');
  const [before, rest = ''] = text.split(begin);
  const after = rest.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for the cells`);
  const rows = results.map(
    ({ cell, scenario, recoveredMs, violations }) =>
      `| ${cell} | ${scenario} | ${(recoveredMs / 1_000).toFixed(1)} | ${violations.length === 0 ? 'none' : violations.join('; ')} |`,
  );
  const table = [
    '',
    title,
    '',
    '| where | while | until all was done, s | violations |',
    '|---|---|---|---|',
    ...rows,
    '',
    '',
  ];
  writeFileSync(file, `${before}${begin}${table.join('\n')}${end}${after}`);
}
