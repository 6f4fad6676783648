import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { z } from 'zod';
import { importRules } from './import-rules.js';

const cruiseResult = z.object({
  modules: z.array(
    z.object({
      source: z.string(),
      dependencies: z.array(z.object({ resolved: z.string() })),
    }),
  ),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});
export type CruiseResult = z.output<typeof cruiseResult>;

export const dependencyCruiserFile = '.dependency-cruiser.json';

/** Folders with product code. */
export const productFolders: readonly string[] = [
  ...new Set(importRules.map(({ from }) => from.split('/')[0] ?? '')),
].sort();

/** The result of dependency-cruiser for the product folders of the tree at `root`. */
export function cruise(root: string): CruiseResult {
  const program = resolve('node_modules/.bin/depcruise');
  const run = spawnSync(
    program,
    ['--config', dependencyCruiserFile, '--output-type', 'json', ...productFolders],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  if (run.stdout === '') throw new Error(`dependency-cruiser printed no result: ${run.stderr}`);
  return cruiseResult.parse(JSON.parse(run.stdout));
}

/** Files by the group they belong to: the folder of the narrowest import rule that covers a folder. */
const groupNames: readonly string[] = importRules
  .map(({ from }) => from)
  .filter((from) => from.endsWith('/'))
  .sort((a, b) => b.length - a.length);

/** The group of a file, such as `domain/dag`; undefined outside product code. */
function groupOf(path: string): string | undefined {
  return groupNames.find((group) => path.startsWith(group))?.replace(/\/$/, '');
}

export interface GroupReport {
  readonly group: string;
  readonly files: number;
  /** Groups its files import, sorted. */
  readonly imports: readonly string[];
}

/** Every group with its imports, each after the groups it imports. Throws when groups import each other. */
export function groupReports({ modules }: CruiseResult): readonly GroupReport[] {
  const sources = modules.map(({ source }) => source);
  const groups = [...new Set(sources.flatMap((source) => groupOf(source) ?? []))].sort();
  const reports = groups.map((group) => {
    const own = modules.filter(({ source }) => groupOf(source) === group);
    const targets = own.flatMap(({ dependencies }) => dependencies.map(({ resolved }) => groupOf(resolved)));
    const imports = groups.filter((other) => other !== group && targets.includes(other));
    return { group, files: own.length, imports };
  });
  return inOrder(reports);
}

function inOrder(reports: readonly GroupReport[]): readonly GroupReport[] {
  const placed = new Set<string>();
  const ordered: GroupReport[] = [];
  while (ordered.length < reports.length) {
    const ready = reports.filter(
      ({ group, imports }) => !placed.has(group) && imports.every((other) => placed.has(other)),
    );
    if (ready.length === 0) {
      const stuck = reports.filter(({ group }) => !placed.has(group)).map(({ group }) => group);
      throw new Error(`these groups import each other: ${stuck.join(', ')}`);
    }
    for (const report of ready) placed.add(report.group);
    ordered.push(...ready);
  }
  return ordered;
}
