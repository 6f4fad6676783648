import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveVersion, versionLabel } from '../../../domain/context/version-label.js';

describe('version label', () => {
  test.each([
    [undefined, 'v1'],
    ['', 'v1'],
    ['  V2  ', 'V2'],
    ['release candidate!', 'release-candidate'],
    ['v1.2.3+hotfix', 'v1.2.3-hotfix'],
    ['--', 'v1'],
    ['_1.0_', '1.0'],
    ['a  b', 'a--b'],
    ['2025/01/01', '2025-01-01'],
    ['v1😀', 'v1'],
  ])('the version %j becomes the label %s', (raw, label) => {
    expect(versionLabel(raw)).toBe(label);
  });

  test('the label of a label is the same, and it fits topic names and sentinel ids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const label = versionLabel(raw);
        expect(versionLabel(label)).toBe(label);
        expect(label).toMatch(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/);
        expect(label.length).toBeLessThanOrEqual(Math.max(2, raw.length));
      }),
    );
  });
});

describe('where the version comes from', () => {
  test.each([
    [{ sentinelVersion: 'a', metaVersion: 'b', metaStrategyVersion: 'c' }, 'a'],
    [{ sentinelVersion: ' ', metaVersion: 'b', metaStrategyVersion: 'c' }, 'b'],
    [{ metaVersion: '', metaStrategyVersion: 'c' }, 'c'],
    [{}, 'v1'],
    [{ sentinelVersion: '--', metaVersion: 'b' }, 'v1'],
  ])('the sources %j give version %s', (sources, version) => {
    expect(resolveVersion(sources)).toBe(version);
  });
});
