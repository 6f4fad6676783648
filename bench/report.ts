import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** One measured quantity: what each run of it gave. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** What was asked for, where something was. */
  readonly aim?: string;
}

/** Figures of one subject. */
export interface Benchmark {
  readonly name: string;
  readonly measure: (say: (line: string) => void) => Promise<readonly Figure[]>;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: quantile(values, 0), median: quantile(values, 0.5), max: quantile(values, 1) };
}

/** Nearest rank: always one of the values. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(fraction * sorted.length) - 1, 0)] ?? Number.NaN;
}

/**
 * Milliseconds each of several calls took, after some that are not counted.
 *
 * Garbage is collected when the engine finds it right, as it would be in a server: forcing a collection before every call
 * throws compiled code away, and small calls then take three times as long.
 */
export async function timed(
  { warmUps, runs }: { readonly warmUps: number; readonly runs: number },
  act: (run: number) => Promise<void> | void,
): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let run = -warmUps; run < runs; run += 1) {
    const started = performance.now();
    await act(run);
    if (run >= 0) milliseconds.push(performance.now() - started);
  }
  return milliseconds;
}

/** What the figures depend on besides the code. Load: how many processes wanted to run, on average of the last minute. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  const load = (loadavg()[0] ?? 0).toFixed(2);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.version}, ${availableParallelism()} cores (${cpu?.model ?? 'unknown'}), ${gigabytes} GiB, load average ${load}`;
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, unit, values, aim }) => {
    const { min, median, max } = spreadOf(values);
    return [what, unit, ...[min, median, max].map(formatNumber), String(values.length), aim ?? ''];
  });
  const table = [['', 'unit', 'min', 'median', 'max', 'runs', 'aim'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Numbers to the right, words to the left. */
function pad(cell: string, width: number, column: number): string {
  return column >= 2 && column <= 5 ? cell.padStart(width) : cell.padEnd(width);
}

function formatNumber(value: number): string {
  const digits = value >= 1_000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
