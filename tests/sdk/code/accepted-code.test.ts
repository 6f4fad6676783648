import { expect, test } from 'vitest';
import { findingsOf, type Sources, view } from './code-fixture.js';

/** Pure code that looks like refused code. */
const accepted: Record<string, Sources> = {
  'a sorted copy': view('[...view.a].sort((x, y) => x - y)[0]'),
  'a local array': view('{ const xs = []; for (const x of view.a) xs.push(x * 2); return xs.length; }'),
  'a local sum in a callback': view(
    '{ let sum = 0; view.rows.forEach((row) => { sum += row; }); return sum; }',
  ),
  'a local helper': view('{ let n = 0; const add = () => { n += 1; }; add(); return n; }'),
  'an accumulator': view('[...view.a].reduce((seen, x) => { seen[x] = true; return seen; }, {})'),
  'a matrix': view('{ const m = [[0, 0], [0, 0]]; m[0][1] += view.a.at(-1); return m[0][1]; }'),
  'a matrix of any size': view(
    '{ const m = Array.from({ length: 3 }, () => [0]); m[2][0] = 1; return m[2][0]; }',
  ),
  'a local typed array': view('{ const w = new Float64Array(3); w[0] = 1; w.fill(2); return w[0]; }'),
  'a local map': view('{ const m = new Map(); m.set(1, 2); return m.size; }'),
  'a calendar': view('new Date(view.time * 1000).getUTCDay()'),
  'Date.UTC': view('Date.UTC(2020, 0, 1) / 1000'),
  'pure globals': view('Math.max(...view.a) + Number("1") + [NaN, Infinity].filter(Number.isFinite).length'),
  'an error': view("{ if (!(view.a > 0)) throw new RangeError('not positive'); return view.a; }"),
  'a class': view(
    'new Line(view.a, 1).at(2)',
    'class Line { #k; constructor(k, d) { this.#k = k; this.d = d; } at(x) { return this.#k * x + this.d; } }',
  ),
  'a function named like a method that changes': view(
    'ops.add(view.a, 1)',
    'const ops = { add: (x, y) => x + y };',
  ),
  'a static function of such a name': view(
    'Ops.add(view.a, 1)',
    'class Ops { static add(x, y) { return x + y; } }',
  ),
  'a frozen table that is passed on': view('T[0]', 'const T = Object.freeze([1, 2]); register(T);'),
  'a table that is only read': view(
    'T[0]',
    'const T = [1, 2]; const U = T.map((x) => x * T.length); for (const x of [...T, T[0]]) U.at(x);',
  ),
  'a table that is passed to the builder': {
    'main.ts': view('T[0]', 'import { node } from "qmtl"; const T = [1, 2]; node("x", { params: { T } });'),
    'node_modules/qmtl/package.json': '{"name":"qmtl","version":"1.0.0"}',
  },
  'a table of which copies are changed': view(
    'T[0]',
    'const T = [2, 1]; const U = [...T]; U.sort(); T.slice().reverse(); const [, ...V] = T; V.push(1); T.map((x) => x).pop();',
  ),
  'a table that is beside what is changed': view(
    'T.length',
    'const T = [{ a: 1 }]; const all = { T, seen: [] }; all.seen.push(1); all.count = T.length;',
  ),
  'a table that an object keeps beside what it changes': view(
    'T.length',
    'const T = [1]; class K { seen = []; constructor(t) { this.t = t; } go() { this.seen.push(this.t.length); } } const k = new K(T); k.go(); k.seen.push(2);',
  ),
  'a table that a function reads to fill another': view(
    'T.length',
    'const T = [1]; const fill = (from, to) => { for (const x of from) to.push(x); return to; }; fill(T, []).push(3);',
  ),
  'objects and classes that name each other': view(
    'f(1)',
    'const o = { a: () => p.a }; const p = { a: o.a }; const q = { b: r?.b }, r = { b: q?.b }; class K { go() { this.x = new K().x; this.x.y = 1; } } q.b.c = 1; const f = (n) => n;',
  ),
  'an object with a memo that others use': view(
    't.rows[0]',
    'class K { #rows; get rows() { return this.all(); } all() { return (this.#rows ??= [1]); } } const t = new K(); t.all();',
  ),
  'a number used elsewhere': view('K', 'const K = 2; export const double = (x) => x * K; log(K);'),
  'a regular expression written in place': view("'aa'.replace(/a/g, '').length"),
  'an entry of an object': view('Object.entries(C).length', 'const C = { a: 1 };'),
  recursion: view('f(3)', 'const f = (n) => (n === 0 ? 1 : n * f(n - 1));'),
  'a constant computed from others': view('B', 'const A = [1, 2]; const B = Math.sqrt(A[0]) + A.length;'),
  'a constant a project function computes': view(
    'W[0]',
    'const weights = (n) => { const w = []; for (let i = 0; i < n; i += 1) w.push(1 / n); return w; }; const W = weights(3);',
  ),
};

test.each(Object.entries(accepted))('compute may use %s', (_name, sources) => {
  expect(findingsOf(sources)).toEqual([]);
});
