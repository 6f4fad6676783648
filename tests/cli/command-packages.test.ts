import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { commandTable } from '../../cli/command-table.js';
import { optionalPackages } from '../../sdk/submission/optional-packages.js';

const table = readFileSync('cli/command-table.ts', 'utf8');
const optional = optionalPackages('control-plane').map(({ name }) => name);

/** The module a command is loaded from. */
function moduleOf(command: string): string {
  const [, entry = ''] = table.split(`name: '${command}',`);
  const specifier = /import\('([^']+)'\)/.exec(entry)?.[1] ?? '';
  return join('cli', specifier.replace(/\.js$/, '.ts'));
}

/** What a file imports: at once, and on request also later. Modules of other packages are not followed. */
function importsOf(file: string, laterToo: boolean): string[] {
  const text = readFileSync(file, 'utf8');
  const { staticImports, staticExports } = parseSync(file, text).module;
  const running = staticImports.filter(({ start }) => !text.startsWith('import type', start));
  const reExported = staticExports
    .filter(({ start }) => !text.startsWith('export type', start))
    .flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  const later = [...text.matchAll(/await import\('([^']+)'\)|=> import\('([^']+)'\)/g)];
  return [
    ...running.map(({ moduleRequest }) => moduleRequest.value),
    ...reExported,
    ...(laterToo ? later : []).flatMap(([, awaited, returned]) => awaited ?? returned ?? []),
  ];
}

/** Optional packages that a module or anything it imports needs. */
function packagesReached(entry: string, laterToo = true): string[] {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(file, laterToo)) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier.replace(/\.js$/, '.ts')));
      else packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
    }
  }
  return optional.filter((name) => packages.has(name));
}

test.each(commandTable.map((entry) => [entry.name, entry.needs] as const))(
  'the packages %s names are all it can need',
  (name, needs) => {
    const named = needs === undefined ? [] : optionalPackages(needs).map((one) => one.name);
    // It lists what is missing, and then does not use it.
    if (name === 'doctor') return;
    expect(packagesReached(moduleOf(name)).filter((used) => !named.includes(used))).toEqual([]);
  },
);

test.each(commandTable.map(({ name }) => [name]))(
  'the description of %s needs no optional package',
  (name) => {
    expect(packagesReached(moduleOf(name), false)).toEqual([]);
  },
);

test('what a command needs is found through every file it imports', () => {
  expect(packagesReached(moduleOf('neo4j-init'))).toContain('neo4j-driver');
  expect(packagesReached(moduleOf('submit'))).toContain('@temporalio/client');
});
