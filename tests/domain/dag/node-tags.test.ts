import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinedTags, missingTags } from '../../../domain/dag/node-tags.js';

const tags = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), { maxLength: 8 });
const sorted = (list: readonly string[]) => [...list].sort();

describe('tags accumulate', () => {
  test('the missing tags keep the order of their author, each once', () => {
    expect(missingTags(['b'], ['c', 'b', 'a', 'c'])).toEqual(['c', 'a']);
  });

  test('what is held keeps its place, and nothing is lost or repeated', () => {
    fc.assert(
      fc.property(tags, tags, (held, given) => {
        const joined = joinedTags(held, given);
        expect(joined.slice(0, held.length)).toEqual(held);
        expect(sorted(joined)).toEqual(sorted([...new Set([...held, ...given])]));
        expect(joined.slice(held.length)).toEqual(missingTags(held, given));
      }),
    );
  });

  test('adding again adds nothing, and the order of additions changes no set', () => {
    fc.assert(
      fc.property(tags, tags, tags, (held, one, two) => {
        const both = joinedTags(joinedTags(held, one), two);
        expect(missingTags(both, one)).toEqual([]);
        expect(joinedTags(both, two)).toBe(both);
        expect(sorted(both)).toEqual(sorted(joinedTags(joinedTags(held, two), one)));
      }),
    );
  });
});
