import type { RunNode } from '../../sdk/runner/run-node.js';

const timeColumn = 'date';

export interface OutputCsv {
  readonly text: string;
  /** Fields whose column has another name, since theirs is that of the times. */
  readonly renamed: readonly (readonly [field: string, column: string])[];
}

/** The outputs of a node, one line per bar, in the form that `csv()` reads: `date` in UTC, then a column per field. */
export function outputCsv({ definition, outputs }: Pick<RunNode, 'definition' | 'outputs'>): OutputCsv {
  const fields = Object.keys(definition.node.output);
  const titles = fields.map((field) => (field === timeColumn ? freeTitle(fields) : field));
  const columns = fields.map((_field, index) => outputs.column(index));
  const lines = [...outputs.times()].map((time, row) =>
    [isoDate(time), ...columns.map((column) => String(column[row]))].join(','),
  );
  const text = `${[timeColumn, ...titles].join(',')}\n${lines.map((line) => `${line}\n`).join('')}`;
  const renamed = fields.flatMap((field, index) => {
    const title = titles[index];
    return title === undefined || title === field ? [] : [[field, title] as const];
  });
  return { text, renamed };
}

/** `date_2`, or the next that no field has. */
function freeTitle(fields: readonly string[]): string {
  for (let count = 2; ; count += 1) {
    const title = `${timeColumn}_${count}`;
    if (!fields.includes(title)) return title;
  }
}

function isoDate(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}
