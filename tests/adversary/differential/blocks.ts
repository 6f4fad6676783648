import type { SeededChoice } from './seeded-choice.js';

export interface BlockOptions {
  readonly choice: SeededChoice;
  /** The variable that the block declares. */
  readonly name: string;
  /** A new numeric expression. */
  readonly value: () => string;
}

/** Definitions of the module, and statements that declare the variable. */
interface BlockText {
  readonly before: readonly string[];
  readonly body: string;
}

export type Block = (options: BlockOptions) => BlockText;

function alone(body: string): BlockText {
  return { before: [], body };
}

const arithmetic: Block = ({ name, value }) => alone(`const ${name} = ${value()} + ${value()} * ${value()};`);

const branch: Block = ({ choice, name, value }) =>
  alone(
    `let ${name} = ${value()}; if (${name} > ${choice.below(20)}) { ${name} = ${value()}; } else if (x < ${value()}) { ${name} -= ${value()}; }`,
  );

const loop: Block = ({ choice, name, value }) =>
  alone(
    `let ${name} = 0; for (let i = 0; i < ${choice.below(20) + 1}; i += ${choice.below(2) + 1}) { if (i % ${choice.below(4) + 2} === 0) continue; ${name} += ${value()} * i; if (${name} > 1e6) break; }`,
  );

const windowed: Block = ({ choice, name, value }) =>
  alone(
    `let ${name} = ${value()}; for (const price of ${choice.of(['close', 'high', 'low'])}) ${name} = ${name} * ${choice.below(9) / 10} + price * ${value()};`,
  );

const list: Block = ({ choice, name, value }) => {
  const step = choice.of([
    `.map((v, i) => v * i - ${choice.below(9)})`,
    `.filter((v) => v > ${choice.below(12)})`,
    `.slice(${choice.below(4)}, -${choice.below(4) + 1})`,
    '.toReversed()',
    `.flatMap((v) => [v, ${value()}])`,
    `.concat([${value()}, ${value()}])`,
  ]);
  return alone(`const ${name} = [...close]${step}.reduce((sum, v) => sum + v / ${choice.below(5) + 1}, 0);`);
};

const sorting: Block = ({ choice, name, value }) => {
  const order = choice.of(['(a, b) => a - b', '(a, b) => b - a', '(a, b) => Math.sin(a) - Math.sin(b)', '']);
  return alone(
    `const ${name} = [...close, ${value()}, ${value()}].sort(${order})[${choice.below(12)}] * 1.5;`,
  );
};

const map: Block = ({ choice, name, value }) =>
  alone(
    `const m_${name} = new Map(); for (const v of high) { const key = Math.floor(v) % ${choice.below(5) + 2}; m_${name}.set(key, (m_${name}.get(key) ?? ${value()}) + v); } let ${name} = m_${name}.size; for (const [key, v] of m_${name}) ${name} += key * v;`,
  );

const set: Block = ({ choice, name, value }) =>
  alone(
    `const s_${name} = new Set([...low].map((v) => Math.round(v * ${choice.below(4) + 1}))); s_${name}.delete(Math.round(x)); const ${name} = s_${name}.size * ${value()} + [...s_${name}][0];`,
  );

const klass: Block = ({ choice, name, value }) => {
  const start = choice.below(5);
  const kind = `Average${start}`;
  const definition = `class ${kind} { #sum = ${start}; count = 0; static scale = ${start + 1}; add(v) { this.#sum += v * ${kind}.scale; this.count++; return this; } get value() { return this.#sum / this.count; } }`;
  return {
    before: [definition],
    body: `const ${name} = new ${kind}().add(${value()}).add(${value()}).add(x).value;`,
  };
};

const derived: Block = ({ name, value }) => ({
  before: [
    'class Shape { constructor(side) { this.side = side; } area() { return this.side ** 2; } }',
    'class Disc extends Shape { area() { return super.area() * Math.PI; } toString() { return this.area().toFixed(3); } }',
  ],
  body: `const ${name} = Number(String(new Disc(${value()}))) + new Shape(${value()}).area();`,
});

const text: Block = ({ choice, name, value }) => {
  const read = choice.of([
    `.toFixed(${choice.below(5)})`,
    '.toPrecision(4)',
    `.toString(${choice.of([2, 8, 16, 36])})`,
    '.toExponential(2)',
  ]);
  return alone(
    `const t_${name} = (${value()})${read}.padStart(12, 'ıİiI').toUpperCase(); const ${name} = t_${name}.length + t_${name}.charCodeAt(${choice.below(12)}) + [...t_${name}].sort().indexOf('I');`,
  );
};

const date: Block = ({ choice, name, value }) => {
  const read = choice.of(['getUTCDay', 'getUTCDate', 'getUTCMonth', 'getUTCFullYear', 'getUTCHours']);
  return alone(
    `const d_${name} = new Date(view.time * 1000 + Math.trunc((${value()}) % 1e4 || 0) * 3.6e6); d_${name}.setUTCMonth(d_${name}.getUTCMonth() + ${choice.below(14)}, ${choice.below(31) + 1}); const ${name} = d_${name}.${read}() + d_${name}.toISOString().charCodeAt(${choice.below(20)}) + Date.parse(d_${name}.toISOString()) / 1e12;`,
  );
};

const pattern: Block = ({ choice, name, value }) => {
  const regex = choice.of(['/\\d+/g', '/[1-5]/gi', '/(?<whole>\\d+)\\.?/g', '/\\b\\w/gu', '/(?<=\\.)\\d/g']);
  return {
    before: [],
    body: `let ${name} = 0; for (const found of \`\${${value()}};\${x}\`.matchAll(${regex})) ${name} = ${name} * 3 % 1e6 + found[0].length + (found.index ?? 0);`,
  };
};

const typed: Block = ({ choice, name, value }) => {
  const kind = choice.of([
    'Float32Array',
    'Float64Array',
    'Int16Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int32Array',
  ]);
  return alone(
    `const a_${name} = ${kind}.from([...close, ${value()}, ${value()}]); a_${name}.sort(); const ${name} = a_${name}[${choice.below(14)}] + a_${name}.reduce((sum, v) => sum + v, 0);`,
  );
};

const bytes: Block = ({ choice, name, value }) =>
  alone(
    `const b_${name} = new DataView(new ArrayBuffer(8)); b_${name}.setFloat64(0, ${value()}); const ${name} = b_${name}.getUint16(${choice.below(6)}, ${choice.of(['true', 'false'])}) + b_${name}.getInt8(${choice.below(8)});`,
  );

const big: Block = ({ choice, name, value }) =>
  alone(
    `const g_${name} = BigInt(Math.trunc(Number.isFinite(${value()}) ? x * 1e6 : 7)) ** ${choice.below(3) + 1}n; const ${name} = Number(BigInt.asIntN(${choice.of([8, 32, 53])}, g_${name} + ${choice.below(99)}n));`,
  );

const json: Block = ({ choice, name, value }) =>
  alone(
    `const j_${name} = JSON.parse(JSON.stringify({ b: ${value()}, a: [x, null, { c: ${value()} }], ${choice.below(9)}: 'ü' })); const ${name} = Object.keys(j_${name}).join('').length + (j_${name}.a[2].c ?? 3) + JSON.stringify(j_${name}).length;`,
  );

const generator: Block = ({ choice, name, value }) => ({
  before: [
    'function* steps(from, count) { let v = from; try { while (count-- > 0) { v = v / 2 + count; yield v; } } finally { v = 0; } }',
  ],
  body: `let ${name} = 0; for (const v of steps(${value()}, ${choice.below(9) + 1})) { ${name} += v; if (${name} > ${choice.below(50)}) break; }`,
});

const recursion: Block = ({ choice, name, value }) => ({
  before: ['const mix = (n, v) => (n <= 0 ? v : mix(n - 1, v * 0.9 + n) - mix(n - 2, 1));'],
  body: `const ${name} = mix(${choice.below(8)}, ${value()});`,
});

const closures: Block = ({ choice, name, value }) =>
  alone(
    `const f_${name} = []; for (let i = 0; i < ${choice.below(5) + 1}; i++) f_${name}.push((v) => v * i + ${value()}); const ${name} = f_${name}.reduce((v, f) => f(v), x);`,
  );

const failure: Block = ({ choice, name, value }) =>
  alone(
    `let ${name} = 0; try { if (${value()} > ${choice.below(30)}) throw new RangeError('high'); ${name} = ${value()}; } catch (error) { ${name} = error instanceof RangeError ? error.message.length : -1; } finally { ${name} += ${choice.below(9)}; }`,
  );

const destructured: Block = ({ choice, name, value }) =>
  alone(
    `const { a: ${name}_a = ${choice.below(9)}, ...r_${name} } = { ${choice.of(['a', 'b'])}: ${value()}, c: 2, d: x }; const [${name}_p, , ...${name}_q] = [${value()}, ...close]; const ${name} = ${name}_a + ${name}_p + ${name}_q.length + Object.keys(r_${name}).length;`,
  );

const choiceOf: Block = ({ choice, name, value }) =>
  alone(
    `let ${name} = ${choice.below(3)}; switch (Math.floor(x) % ${choice.below(4) + 2}) { case 0: ${name} += ${value()}; case 1: ${name} += ${value()}; break; default: ${name} -= 1; case 2: ${name} *= 2; }`,
  );

const table: Block = ({ choice, name, value }) => {
  const size = choice.below(6) + 2;
  return {
    before: [
      `const table${size} = Array.from({ length: ${size} }, (_, i) => ({ weight: i / ${size}, name: 'w' + i }));`,
    ],
    body: `const ${name} = table${size}.reduce((sum, { weight, name }) => sum + weight * (${value()}) + name.length, 0);`,
  };
};

export const blocks: readonly [Block, ...Block[]] = [
  arithmetic,
  branch,
  loop,
  windowed,
  list,
  sorting,
  map,
  set,
  klass,
  derived,
  text,
  date,
  pattern,
  typed,
  bytes,
  big,
  json,
  generator,
  recursion,
  closures,
  failure,
  destructured,
  choiceOf,
  table,
];
