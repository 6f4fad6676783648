import { describe, expect, test } from 'vitest';
import { withLookUps } from '../../../graph/neo4j/registration/look-ups.js';

describe('a rule that looks values up as it goes', () => {
  test('a rule runs again until it looks up nothing new, and each value is loaded once', async () => {
    const taken = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    const loads: (readonly string[])[] = [];
    const firstFree = await withLookUps(
      async (keys) => {
        loads.push(keys);
        return new Map([...taken].filter(([key]) => keys.includes(key)));
      },
      (find) => ['a', 'b', 'c', 'd'].find((key) => find(key) === undefined),
    );
    expect(firstFree).toBe('c');
    expect(loads).toEqual([['a'], ['b'], ['c']]);
  });

  test('a rule without look-ups loads nothing', async () => {
    const load = async (): Promise<never> => {
      throw new Error('loaded');
    };
    expect(await withLookUps(load, () => 'done')).toBe('done');
  });
});
