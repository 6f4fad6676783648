import type { RunNode } from '../../sdk/runner/run-node.js';

/** The outputs of a node, one line per bar, in the form that `csv()` reads: `date` in UTC, then a column per field. */
export function outputCsv({ definition, outputs }: RunNode): string {
  const fields = Object.keys(definition.node.output);
  const columns = fields.map((_field, index) => outputs.column(index));
  const lines = [...outputs.times()].map((time, row) =>
    [isoDate(time), ...columns.map((column) => String(column[row]))].join(','),
  );
  return `${['date', ...fields].join(',')}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function isoDate(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}
