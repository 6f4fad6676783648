import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** One measured quantity with the value of each run. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** The target, if there is one. */
  readonly aim?: string;
}

/** The figures of one subject. */
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
 * Durations of several calls in milliseconds, after some calls that are not counted.
 *
 * Garbage collection is left to the engine, as in a server: forcing a collection before every call discards compiled code,
 * and small calls then take three times as long.
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

/** The machine and its load, on which the figures depend. Load: runnable processes, averaged over the last minute. */
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
  const table = [['', 'unit', 'min', 'median', 'max', 'runs', 'target'], ...rows];
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

/** Aligns numbers right and words left. */
function pad(cell: string, width: number, column: number): string {
  return column >= 2 && column <= 5 ? cell.padStart(width) : cell.padEnd(width);
}

function formatNumber(value: number): string {
  const digits = value >= 1_000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
