import { afterEach, beforeAll, expect, test } from 'vitest';
import { dummyRoute } from './dummy-route.js';
import { dummyWorkflow } from './dummy-workflow.js';
import { covers, type Places, placesUnder } from './places.js';
import { ScratchCheckout } from './scratch-checkout.js';

/** The lists of CONTRIBUTING.md, followed literally on a copy of the tree. */
let checkout: ScratchCheckout;
/** Milliseconds for a build, checks and tests of a copy on a busy machine. */
const longMs = 600_000;
beforeAll(() => {
  checkout = new ScratchCheckout();
  return () => checkout.remove();
});
afterEach(() => checkout.undo());

function expectToFollow(files: readonly string[], { always, sometimes }: Places): void {
  const named = [...always, ...sometimes];
  expect(
    files.filter((file) => !named.some((place) => covers(place, file))),
    'changed, but not on the list',
  ).toEqual([]);
  expect(
    always.filter((place) => !files.some((file) => covers(place, file))),
    'on the list, but not needed',
  ).toEqual([]);
}

/** The checks of a contributor before a commit, except those of files that are not changed here. */
function build(): void {
  checkout.run('npm', 'run', '--silent', 'proto');
  checkout.run('npm', 'run', '--silent', 'docs');
  checkout.run('npx', 'biome', 'check', '--write', '.');
  checkout.run('npm', 'run', '--silent', 'check:types');
  checkout.run('npm', 'run', '--silent', 'check:lint');
}

test('a workflow can be added by following its list, without other changes', { timeout: longMs }, () => {
  checkout.apply(dummyWorkflow);
  build();
  checkout.run('npm', 'run', '--silent', 'build');
  checkout.run('npx', 'vitest', 'run', '--project', 'unit', 'tests/architecture', 'tests/domain/tallies');
  checkout.run('npx', 'vitest', 'run', '--project', 'workflow', 'tests/workflows/tally.test.ts');
  checkout.run('npx', 'vitest', 'run', '--project', 'workflow', 'tests/workflows/replay.test.ts');
  expectToFollow(checkout.changedFiles(), placesUnder('Adding a workflow'));
});

test('an API route can be added by following its list, without other changes', { timeout: longMs }, () => {
  checkout.apply(dummyRoute);
  build();
  checkout.run('npx', 'vitest', 'run', '--project', 'unit', 'tests/architecture', 'tests/api', 'tests/graph');
  expectToFollow(checkout.changedFiles(), placesUnder('Adding an API route'));
});

test('a file that no place of a list covers is found', () => {
  const places = { always: ['domain/<area>/', 'proto/convert/<area>.ts'], sometimes: [] };
  expect(() => expectToFollow(['domain/dag/x.ts', 'proto/convert/x.ts', 'api/x.ts'], places)).toThrow(
    'api/x.ts',
  );
  expect(() => expectToFollow(['domain/dag/x.ts'], places)).toThrow('proto/convert/<area>.ts');
});
