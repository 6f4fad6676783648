import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  installedVersion,
  majorOf,
  optionalPackages,
  refuseOtherMajors,
} from '../../sdk/submission/optional-packages.js';
import { scratchFolder } from '../devstack/scratch-folder.js';

/** A folder with packages installed, none of them with code. */
function installation(versions: Readonly<Record<string, string>>): string {
  const root = scratchFolder();
  for (const [name, version] of Object.entries(versions)) {
    const folder = join(root, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version }));
  }
  return root;
}

const tested = optionalPackages('control-plane');

test.each(tested.map(({ name, range }) => [name, range]))(
  'a package %s of another major version is refused, with the line that installs the tested one',
  (name, range) => {
    const other = `${Number(majorOf(range)) - 1}.99.0`;
    expect(() => refuseOtherMajors('control-plane', installation({ [name]: other }))).toThrow(
      expect.objectContaining({
        code: 'E_TOOL_MISSING',
        message: `the package ${name} is installed in version ${other}, and QMTL needs version ${majorOf(range)}`,
        hint: expect.stringMatching(new RegExp(`^npm install .*${name}@${range}`)),
      }),
    );
    const newer = installation({ [name]: `${majorOf(range)}.999.0` });
    expect(() => refuseOtherMajors('control-plane', newer)).not.toThrow();
  },
);

test('only the packages that are needed are looked at', () => {
  const root = installation({ 'lru-cache': '5.1.1' });
  expect(installedVersion('lru-cache', root)).toBe('5.1.1');
  expect(installedVersion('kafkajs', root)).toBeUndefined();
  expect(() => refuseOtherMajors('client', root)).not.toThrow();
});

test('the packages of this repository have the tested major versions', () => {
  expect(() => refuseOtherMajors('control-plane')).not.toThrow();
});
