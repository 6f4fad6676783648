import { expect, test } from 'vitest';
import { jsonFaultOffset } from '../../std/json-fault.js';

test.each(['{"a": [1, -2.5e3, true, null, "x\\n"]}', '5', ' "text" '])('JSON has no fault: %s', (text) => {
  expect(jsonFaultOffset(text)).toBeUndefined();
});

test.each([
  ['', 0],
  ['{\n  "a": 1,\n  b: 2\n}', 14],
  ['{"a": }', 6],
  ['[1,]', 3],
  ['// x\n{}', 0],
  ['{"a": 1', 7],
  ['{"a": tru}', 9],
  ['{"a": "x', 8],
  ['{"a": "x\ny"}', 8],
  ['{"a": "\\q"}', 8],
  ['{"a": -}', 7],
  ['{"a": 1.}', 8],
  ['{} {}', 3],
  ["{'a': 1}", 1],
  ['undefined', 0],
])('the fault of %j begins at %d', (text, offset) => {
  expect(jsonFaultOffset(text)).toBe(offset);
});
