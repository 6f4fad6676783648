import { expect, test } from 'vitest';
import { viewObjects } from '../../../std/node/debugger-view.js';

test('private members of an object with a million elements are seen, without its elements', () => {
  // A constructor that returns another object: the way in which a private member gets into any object.
  const given: new (one: object) => object = new Proxy(Object, {
    construct: (_target, [one]) => Object(one),
  });
  class Marked extends given {
    readonly #mark = 7;
    static markOf(one: object): number | undefined {
      return #mark in one ? one.#mark : undefined;
    }
  }
  const large = new Float64Array(1_000_000);
  expect(Marked.markOf(new Marked(large))).toBe(7);
  const before = process.memoryUsage().rss;
  const seen: unknown[] = [];
  viewObjects([large, [1, 2]], (_index, view) => seen.push(view.privateMembers()));
  expect(seen).toEqual([[{ name: '#mark', value: 7 }], []]);
  // Each element would cost a kilobyte.
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
});
