import { expect, test } from 'vitest';
import { outputWriter } from '../../../sdk/realm/output-writer.js';

const single = { name: 'n', output: { value: 'float64' } } as const;
const row = { name: 'n', output: { b: 'float64', a: 'int32' } } as const;

test('a result of compute is stored in the order of the output fields', () => {
  const into = new Float64Array(2);
  outputWriter(single)(1.5, into);
  expect([...into]).toEqual([1.5, 0]);
  outputWriter(single)({ value: Number.NaN }, into);
  expect(into[0]).toBeNaN();
  outputWriter(row)({ a: -7, b: 0.5 }, into);
  expect([...into]).toEqual([0.5, -7]);
});

test.each([
  [single, undefined, 'returned undefined, not a row'],
  [single, '1', "returned '1', not a row"],
  [single, { value: '1' }, "returned '1' for field value"],
  [single, {}, 'returned undefined for field value'],
  [single, { value: 1, other: 2 }, 'returned more fields than its output has, e.g. other'],
  [row, 1, 'returned 1, not a row'],
  [row, [1, 2], 'returned [ 1, 2 ], not a row'],
  [row, Object, 'returned [Function: Object], not a row'],
  [row, { b: { x: 1 }, a: 1 }, 'returned { x: 1 } for field b'],
  [row, Promise.resolve(1), 'returned undefined for field b'],
  [row, { b: 1, a: 1.5 }, 'returned 1.5 for field a, which is int32'],
  [row, { b: 1, a: 2 ** 31 }, 'returned 2147483648 for field a, which is int32'],
  [row, { b: 1, a: Number.NaN }, 'returned NaN for field a, which is int32'],
])('a result of compute that does not match the output is refused (%#)', (node, returned, message) => {
  const write: (...results: unknown[]) => void = (value) =>
    Reflect.apply(outputWriter(node), undefined, [value, new Float64Array(2)]);
  expect(() => write(returned)).toThrow(
    expect.objectContaining({
      code: 'E_COMPUTE',
      message: `compute of node n ${message}`,
      hint: expect.any(String),
    }),
  );
});
