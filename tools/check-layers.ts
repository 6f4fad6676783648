import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ruleNameOf } from './dependency-cruiser-config.js';
import { type ImportRule, importRules, isImportAllowed, isPure } from './import-rules.js';
import {
  type CruiseResult,
  dependencyCruiserFile as config,
  cruise,
  productFolders,
} from './module-graph.js';

/**
 * `npm run check:layers`: no module imports what .dependency-cruiser.json forbids. Also fails when it saw too few modules,
 * or when a rule does not fire on its planted violation.
 */
const ownModulesMin = 100;

/** A file planted to break a rule, by one of its imports. */
interface Plant {
  readonly rule: string;
  /** The file that breaks it. */
  readonly from: string;
  /** What dependency-cruiser reports as imported. */
  readonly to: string;
  /** Files, path → text. Texts for the same path are joined. */
  readonly files: Readonly<Record<string, string>>;
}

const reaching = (to: string, imported: string, name: string): Plant => ({
  rule: 'sdk-reaches-no-worker',
  from: `sdk/far-${name}.ts`,
  to,
  files: {
    [`sdk/far-${name}.ts`]: importing(`../temporal/near-${name}.js`),
    [`temporal/near-${name}.ts`]: importing(imported),
    [to]: target,
  },
});

const target = 'export const target = 1;\n';

const planted: readonly Plant[] = [
  {
    rule: 'no-circular',
    from: 'domain/circle-a.ts',
    to: 'domain/circle-b.ts',
    files: {
      'domain/circle-a.ts': importing('./circle-b.js'),
      'domain/circle-b.ts': importing('./circle-a.js'),
    },
  },
  {
    rule: 'no-unresolvable',
    from: 'domain/lost.ts',
    to: './nowhere.js',
    files: { 'domain/lost.ts': importing('./nowhere.js') },
  },
  reaching('workers/target.ts', '../workers/target.js', 'folder'),
  ...['@temporalio/worker', '@temporalio/testing'].map((name) =>
    reaching(packageFile(name), name, name.replace('@temporalio/', '')),
  ),
  ...importRules.flatMap((rule) => [folderPlant(rule), packagePlant(rule), ...nodePlants(rule)]),
];

/** The file imports from the first folder that its rule does not allow. */
function folderPlant(rule: ImportRule): Plant {
  const path = productFolders
    .map((folder) => `${folder}/target.ts`)
    .find((one) => !isImportAllowed(rule, one));
  if (path === undefined) throw new Error(`${rule.from} may import every folder: the rule forbids nothing`);
  return filePlant(rule, path);
}

function filePlant(rule: ImportRule, path: string): Plant {
  const from = coveredBy(rule);
  const up = '../'.repeat(from.split('/').length - 1);
  const imported = `${up}${path.replace(/\.ts$/, '.js')}`;
  return { rule: ruleNameOf(rule), from, to: path, files: { [from]: importing(imported), [path]: target } };
}

/** The file imports the first package that another rule allows, and its own does not. */
function packagePlant(rule: ImportRule): Plant {
  const from = coveredBy(rule);
  const name = importRules.flatMap(({ packages }) => packages).find((one) => !isImportAllowed(rule, one));
  if (name === undefined) throw new Error(`${rule.from} may import every package: the rule forbids nothing`);
  const to = packageFile(name);
  return { rule: ruleNameOf(rule), from, to, files: { [from]: importing(name), [to]: target } };
}

/** The file imports a module of Node, and what leads to one, unless its rule allows all. */
function nodePlants(rule: ImportRule): Plant[] {
  if (rule.node === 'all') return [];
  const from = coveredBy(rule);
  const direct = { rule: ruleNameOf(rule), from, to: 'fs', files: { [from]: importing('node:fs') } };
  return isPure(rule) ? [direct, filePlant(rule, 'std/node/target.ts')] : [direct];
}

function coveredBy({ from }: ImportRule): string {
  return from.endsWith('.ts') ? from : `${from}breach.ts`;
}

function packageFile(name: string): string {
  return `node_modules/${name}/index.js`;
}

function importing(specifier: string): string {
  return `export * from '${specifier}';\n`;
}

/** The violations found in a scratch tree that holds every planted one. */
function plantedViolations(): CruiseResult['summary']['violations'] {
  const scratch = mkdtempSync(join(tmpdir(), 'qmtl-layers-'));
  try {
    for (const file of [config, 'tsconfig.json', 'tsconfig.base.json']) cpSync(file, join(scratch, file));
    for (const [path, texts] of plantedFiles()) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), [...texts].join(''));
    }
    return cruise(scratch).summary.violations;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function plantedFiles(): ReadonlyMap<string, ReadonlySet<string>> {
  const texts = new Map<string, Set<string>>();
  for (const [path, text] of planted.flatMap(({ files }) => Object.entries(files))) {
    texts.set(path, (texts.get(path) ?? new Set()).add(text));
  }
  return texts;
}

function ruleNames(): readonly string[] {
  const rules = z.object({ forbidden: z.array(z.object({ name: z.string() })) });
  return rules.parse(JSON.parse(readFileSync(config, 'utf8'))).forbidden.map(({ name }) => name);
}

/** Planted imports that their rule did not report, and rules without any. */
function deafRules(): readonly string[] {
  const found = plantedViolations();
  const missed = planted.filter(
    ({ rule, from, to }) =>
      !found.some((one) => one.rule.name === rule && one.from === from && one.to === to),
  );
  const unproven = ruleNames().filter((name) => !planted.some(({ rule }) => rule === name));
  return [
    ...missed.map(({ rule, from, to }) => `${rule}: does not fire on a planted violation: ${from} → ${to}`),
    ...unproven.map((name) => `${name}: has no planted violation`),
  ];
}

const { modules, summary } = cruise('.');
const own = modules.filter(({ source }) => productFolders.some((folder) => source.startsWith(`${folder}/`)));
const deaf = deafRules();
for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
for (const line of deaf) console.error(line);
if (own.length < ownModulesMin)
  console.error(`saw ${own.length} own modules, at least ${ownModulesMin} expected`);
const failed = summary.violations.length > 0 || deaf.length > 0 || own.length < ownModulesMin;
console.log(
  `${own.length} modules, ${ruleNames().length} rules, ${planted.length} planted and ${summary.violations.length} other violations`,
);
process.exitCode = failed ? 1 : 0;
