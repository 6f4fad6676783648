import type { TimeSeries } from '../../sdk/runner/time-series.js';
import { escapeHtml } from './html-page.js';

export interface ChartSeries {
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
  readonly series: TimeSeries;
  /** Fills the area to zero. */
  readonly filled?: boolean;
}

export interface ChartOptions {
  readonly height: number;
  /** Label of a value on the axis. */
  readonly format: (value: number) => string;
}

const width = 960;
const margin = { left: 64, right: 16, top: 12, bottom: 28 } as const;
const plotWidth = width - margin.left - margin.right;

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
  readonly low: number;
  readonly high: number;
  readonly from: number;
  readonly to: number;
}

/** Lines over time as one inline SVG with a legend. Each pixel column shows its lowest and highest value. */
export function lineChart(chart: readonly ChartSeries[], options: ChartOptions): string {
  const scale = scaleOf(chart, options.height);
  const lines = chart.map((entry) => (entry.filled === true ? area(entry, scale) : line(entry, scale)));
  const legend = chart.map(
    ({ label, color }) => `<span><i style="background:${color}"></i>${escapeHtml(label)}</span>`,
  );
  return `<svg viewBox="0 0 ${width} ${options.height}" role="img" aria-label="${escapeHtml(chart.map(({ label }) => label).join(', '))}">
${valueAxis(scale, options)}${timeAxis(scale, options.height)}
${lines.join('\n')}
</svg>
<div class="legend">${legend.join('')}</div>`;
}

function scaleOf(chart: readonly ChartSeries[], height: number): Scale {
  // An area is drawn from zero.
  const zero = chart.some(({ filled }) => filled === true) ? [0] : [];
  const values = [
    ...chart.flatMap(({ series }) => Array.from(series.values).filter(Number.isFinite)),
    ...zero,
  ];
  const times = chart.flatMap(({ series }) => [...series.times.slice(0, 1), ...series.times.slice(-1)]);
  const [low, high] = range(values);
  const [from, to] = range(times);
  const plotHeight = height - margin.top - margin.bottom;
  return {
    low,
    high,
    from,
    to,
    x: (time) => margin.left + ((time - from) / (to - from)) * plotWidth,
    y: (value) => margin.top + (1 - (value - low) / (high - low)) * plotHeight,
  };
}

function valueAxis({ low, high, y }: Scale, { format }: ChartOptions): string {
  const step = niceStep((high - low) / 5);
  const marks: string[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    const at = y(value).toFixed(1);
    marks.push(`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/>`);
    marks.push(
      `<text x="${margin.left - 8}" y="${at}" dy="4" text-anchor="end">${escapeHtml(format(value))}</text>`,
    );
  }
  return marks.join('');
}

function timeAxis({ from, to, x }: Scale, height: number): string {
  const [first, last] = [new Date(from * 1000).getUTCFullYear(), new Date(to * 1000).getUTCFullYear()];
  const step = Math.max(1, Math.ceil((last - first) / 10));
  const marks: string[] = [];
  for (let year = first + 1; year <= last; year += step) {
    const at = x(Date.UTC(year, 0, 1) / 1000).toFixed(1);
    marks.push(`<text x="${at}" y="${height - 8}" text-anchor="middle">${year}</text>`);
  }
  return marks.join('');
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-12)));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
}

function line({ series, color }: ChartSeries, scale: Scale): string {
  const path = points(series, scale);
  if (path.length === 0) return '';
  return `<path d="M${path.join('L')}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

function area({ series, color }: ChartSeries, scale: Scale): string {
  const zero = scale.y(0).toFixed(1);
  const inner = points(series, scale);
  if (inner.length === 0) return '';
  const path = `M${scale.x(scale.from).toFixed(1)},${zero}L${inner.join('L')}L${scale.x(scale.to).toFixed(1)},${zero}Z`;
  return `<path d="${path}" fill="${color}" fill-opacity="0.25" stroke="${color}" stroke-width="1"/>`;
}

function points({ times, values }: TimeSeries, { x, y }: Scale): string[] {
  const columns = new Map<number, { low: number; high: number }>();
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    const column = Math.round(x(times[index] ?? 0));
    const seen = columns.get(column);
    columns.set(column, {
      low: Math.min(seen?.low ?? value, value),
      high: Math.max(seen?.high ?? value, value),
    });
  });
  return [...columns].flatMap(([column, { low, high }]) => {
    const top = `${column},${y(high).toFixed(1)}`;
    return low === high ? [top] : [top, `${column},${y(low).toFixed(1)}`];
  });
}

/** Lowest and highest value, widened when they are equal, so that a constant is drawn in the middle. */
function range(values: readonly number[]): [low: number, high: number] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (low > high) return [0, 1];
  const half = low === high ? Math.abs(low) / 2 || 1 : 0;
  return [low - half, high + half];
}
