import { expect, test } from 'vitest';
import { type DrawnNode, dagDrawing } from '../../../cli/report/dag-drawing.js';

function drawn(id: string, dependencies: readonly string[], diff: DrawnNode['diff'] = 'new'): DrawnNode {
  return { id, label: `label-${id}`, detail: 'Indicator', diff, dependencies };
}

const diamond = [
  drawn('source', [], 'reuse'),
  drawn('left', ['source'], 'reuse'),
  drawn('right', ['source']),
  drawn('sink', ['left', 'right', 'source'], 'buffering'),
];

test('every node and every edge is drawn once', () => {
  const svg = dagDrawing(diamond);
  for (const { id } of diamond) {
    expect(svg.match(new RegExp(`<title>${id}</title>`, 'g'))).toHaveLength(1);
    expect(svg.match(new RegExp(`>label-${id}<`, 'g'))).toHaveLength(1);
  }
  expect(svg.match(/<path /g)).toHaveLength(5);
});

test('the same DAG gives the same drawing', () => {
  expect(dagDrawing(diamond)).toBe(dagDrawing(diamond.map((node) => ({ ...node }))));
});

test('every box is inside the drawing, and no two overlap', () => {
  const svg = dagDrawing(diamond);
  const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
  const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"/g)].map(
    (box) => box.slice(1).map(Number),
  );
  expect(boxes).toHaveLength(4);
  for (const [x = -1, y = -1, boxWidth = 0, boxHeight = 0] of boxes) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + boxWidth).toBeLessThanOrEqual(width);
    expect(y + boxHeight).toBeLessThanOrEqual(height);
  }
  expect(new Set(boxes.map(([x, y]) => `${x},${y}`)).size).toBe(4);
});

test('a node is to the right of its inputs', () => {
  const svg = dagDrawing(diamond);
  const column = (id: string) => Number(new RegExp(`<title>${id}</title><rect x="([\\d.]+)"`).exec(svg)?.[1]);
  expect(column('source')).toBeLessThan(column('left'));
  expect(column('left')).toBe(column('right'));
  expect(column('right')).toBeLessThan(column('sink'));
});

test('the legend counts each class', () => {
  expect([...dagDrawing(diamond).matchAll(/<\/i>([^<]*)</g)].map(([, entry]) => entry)).toEqual([
    '1 buffering',
    '1 new',
    '2 reused',
  ]);
});

test('a DAG without nodes is an empty drawing', () => {
  expect(dagDrawing([])).not.toMatch(/NaN|Infinity|"-/);
});

test('names cannot inject markup', () => {
  const svg = dagDrawing([{ ...drawn('"><script>', []), label: '<b>', detail: '</svg>' }]);
  expect(svg).not.toMatch(/<script>|<b>|<\/svg><\/text>/);
});

test('a long name is shortened in its box and complete in the tooltip', () => {
  const label = 'an-average-with-a-very-long-name-indeed';
  const svg = dagDrawing([{ ...drawn('n', []), label }]);
  expect(svg).toContain(`<title>${label}\nn</title>`);
  expect(svg).toContain('…</text>');
});

test('an edge that passes a column goes around its boxes', () => {
  const svg = dagDrawing([drawn('a', []), drawn('b', ['a']), drawn('c', ['a', 'b'])]);
  const [, boxTop = '', boxHeight = ''] =
    /<title>b<\/title><rect x="[\d.]+" y="([\d.]+)" width="\d+" height="(\d+)"/.exec(svg) ?? [];
  const [passing = ''] = [...svg.matchAll(/ d="([^"]*H[^"]*)"/g)].map(([, path]) => path ?? '');
  const laneY = Number(/,([\d.]+)H/.exec(passing)?.[1]);
  expect(svg.match(/ d="[^"]*H[^"]*"/g)).toHaveLength(1);
  expect(laneY < Number(boxTop) || laneY > Number(boxTop) + Number(boxHeight)).toBe(true);
});

test('a DAG that is too large for a drawing is counted and not drawn', () => {
  const many = Array.from({ length: 501 }, (_, index) => drawn(`n${index}`, []));
  expect(dagDrawing(many)).toMatch(/^<p>501 nodes; at most 500 are drawn<\/p>.*501 new/);
  expect(dagDrawing(many.slice(1)).match(/<rect /g)).toHaveLength(500);
});

/** A DAG in which node `n` reads what `inputs` names. */
function dagOf(count: number, inputs: (node: number) => readonly number[]): DrawnNode[] {
  return Array.from({ length: count }, (_, node) =>
    drawn(
      `n${node}`,
      inputs(node).map((input) => `n${input}`),
    ),
  );
}

const all = (count: number) => Array.from({ length: count }, (_, index) => index);

test.each([
  ['in which every node reads all before it', 18, 19, (node: number) => all(node)],
  ['whose chain also reads its source', 44, 45, (node: number) => (node === 0 ? [] : [node - 1, 0])],
  ['whose halves are joined completely', 63, 64, (node: number) => (node < 32 ? [] : all(32))],
])('a DAG %s is drawn up to %i nodes', (_shape, drawnNodes, refused, inputs) => {
  expect(dagDrawing(dagOf(drawnNodes, inputs)).match(/<rect /g)).toHaveLength(drawnNodes);
  expect(dagDrawing(dagOf(refused, inputs))).toMatch(
    new RegExp(`^<p>${refused} nodes; not drawn, since .*${refused} new`),
  );
});

test('a chain of the most nodes is drawn', () => {
  expect(dagDrawing(dagOf(500, (node) => (node === 0 ? [] : [node - 1]))).match(/<rect /g)).toHaveLength(500);
});
