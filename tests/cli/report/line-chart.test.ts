import { expect, test } from 'vitest';
import { lineChart } from '../../../cli/report/line-chart.js';

const day = 86_400;
const from = Date.UTC(2000, 0, 3) / 1000;
const options = { height: 300, format: (value: number) => value.toFixed(1) };

function series(values: readonly number[]) {
  return {
    times: Float64Array.from(values, (_, index) => from + index * day),
    values: Float64Array.from(values),
  };
}

function chartOf(values: readonly number[], filled = false): string {
  return lineChart([{ label: 'equity', color: 'red', series: series(values), filled }], options);
}

/** Coordinates of every path of the drawing. */
function pointsOf(svg: string): [number, number][] {
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].map(([, path]) => path ?? '');
  return paths.flatMap((path) =>
    [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]): [number, number] => [Number(x), Number(y)]),
  );
}

function expectWithinPlot(svg: string): void {
  expect(svg).not.toMatch(/NaN|Infinity/);
  for (const [x, y] of pointsOf(svg)) {
    expect(x).toBeGreaterThanOrEqual(64);
    expect(x).toBeLessThanOrEqual(944);
    expect(y).toBeGreaterThanOrEqual(12);
    expect(y).toBeLessThanOrEqual(272);
  }
}

test('every point is inside the plot, and the extremes touch its edges', () => {
  const svg = chartOf(Array.from({ length: 5000 }, (_, index) => Math.sin(index / 300) * index));
  const points = pointsOf(svg);
  expectWithinPlot(svg);
  expect(Math.min(...points.map(([, y]) => y))).toBe(12);
  expect(Math.max(...points.map(([, y]) => y))).toBe(272);
  expect(points.length).toBeLessThan(2 * 900);
});

test.each([
  ['nothing', []],
  ['one value', [1]],
  ['a constant', [2, 2, 2]],
  ['only values that are not numbers', [Number.NaN, Number.NaN]],
  ['gaps', [1, Number.NaN, 3]],
  ['infinities', [1, Number.POSITIVE_INFINITY, 3]],
])('a series of %s is drawn without breaking the page', (_name, values) => {
  expectWithinPlot(chartOf(values));
  expectWithinPlot(chartOf(values, true));
});

test('a constant is in the middle of the plot', () => {
  expect(new Set(pointsOf(chartOf([2, 2, 2])).map(([, y]) => y))).toEqual(new Set([142]));
});

test('an area extends down from zero', () => {
  const svg = chartOf([0, -0.5, -0.25], true);
  expectWithinPlot(svg);
  expect(pointsOf(svg)[0]?.[1]).toBe(12);
});

test('the time axis is labelled with years', () => {
  const svg = chartOf(Array.from({ length: 1500 }, (_, index) => index));
  expect([...svg.matchAll(/>(20\d\d)</g)].map(([, year]) => year)).toEqual(['2001', '2002', '2003', '2004']);
});

test('marks on the value axis are round numbers', () => {
  expect([...chartOf([0, 9.7]).matchAll(/text-anchor="end">([^<]*)</g)].map(([, mark]) => mark)).toEqual([
    '0.0',
    '2.0',
    '4.0',
    '6.0',
    '8.0',
  ]);
});

test('a label cannot inject markup', () => {
  const svg = lineChart([{ label: '<script>"&', color: 'red', series: series([1, 2]) }], options);
  expect(svg).not.toContain('<script>');
  expect(svg).toContain('&lt;script&gt;&quot;&amp;');
});
