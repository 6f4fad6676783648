import { describe, expect, test } from 'vitest';
import { excerpt, ProblemList } from '../../../domain/base/problem-list.js';

describe('a report', () => {
  test('a report is ordered by code, then by place with indices as numbers', () => {
    const problems = new ProblemList(10);
    problems.add('E_CYCLE', '', 'm', 'h');
    problems.add('E_SCHEMA_INVALID', '/nodes/10', 'm', 'h');
    problems.add('E_SCHEMA_INVALID', '/nodes/9', 'm', 'h');
    expect(problems.report().problems.map(({ code, path }) => code + path)).toEqual([
      'E_SCHEMA_INVALID/nodes/9',
      'E_SCHEMA_INVALID/nodes/10',
      'E_CYCLE',
    ]);
  });

  test('a report lists a bounded number and counts the rest; the most basic problem is kept however late it is added', () => {
    const problems = new ProblemList(3);
    for (let i = 0; i < 100; i += 1) problems.add('E_CYCLE', `/nodes/${i}`, 'm', 'h');
    problems.add('E_SCHEMA_INVALID', '', 'm', 'h');
    expect(problems.count).toBe(101);
    expect(problems.report()).toMatchObject({
      problems: [{ code: 'E_SCHEMA_INVALID' }, { path: '/nodes/0' }, { path: '/nodes/1' }],
      more: 98,
    });
  });
});

describe('an excerpt', () => {
  test.each([
    ['plain', '"plain"'],
    ['a\u001b[31m', '"a\\u001b[31m"'],
    [null, 'null'],
    [undefined, 'a value of type undefined'],
    [5, '5'],
    [Number.NaN, 'NaN'],
    [false, 'false'],
    [[1], 'an array'],
    [{ a: 1 }, 'an object'],
    [() => 1, 'a value of type function'],
  ])('the excerpt of %j is %s', (value, shown) => {
    expect(excerpt(value)).toBe(shown);
  });

  test('an excerpt of long text is cut', () => {
    expect(excerpt('x'.repeat(1_000))).toHaveLength(99);
  });
});
