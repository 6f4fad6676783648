import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ruleNameOf } from './dependency-cruiser-config.js';
import { type ImportRule, importRules, isImportAllowed } from './import-rules.js';
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

/** Files planted to break every rule, path → text. */
const planted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-circular': {
    'domain/circle-a.ts': "import { b } from './circle-b.js'; export const a = () => b;",
    'domain/circle-b.ts': "import { a } from './circle-a.js'; export const b = () => a;",
  },
  'no-unresolvable': { 'domain/lost.ts': "import { x } from './nowhere.js'; export const y = x;" },
  'sdk-reaches-no-worker': {
    ...imports('sdk/far.ts', 'temporal/near.ts'),
    ...imports('temporal/near.ts', 'workers/target.ts'),
    'workers/target.ts': 'export const target = 1;',
  },
  ...Object.fromEntries(importRules.map((rule) => [ruleNameOf(rule), brokenBy(rule)])),
};

/** A file the rule covers, importing from the first folder the rule does not allow. */
function brokenBy(rule: ImportRule): Readonly<Record<string, string>> {
  const target = productFolders
    .map((folder) => `${folder}/target.ts`)
    .find((path) => !isImportAllowed(rule, path));
  if (target === undefined) throw new Error(`${rule.from} may import every folder: the rule forbids nothing`);
  return imports(rule.from.endsWith('.ts') ? rule.from : `${rule.from}breach.ts`, target);
}

function imports(from: string, to: string): Record<string, string> {
  const up = '../'.repeat(from.split('/').length - 1);
  const imported = `${up}${to.replace(/\.ts$/, '.js')}`;
  return {
    [from]: `import { target } from '${imported}'; export { target };`,
    [to]: 'export const target = 1;',
  };
}

/** The violations found in a scratch tree that holds every planted one. */
function plantedViolations(): CruiseResult['summary']['violations'] {
  const scratch = mkdtempSync(join(tmpdir(), 'qmtl-layers-'));
  try {
    for (const file of [config, 'tsconfig.json', 'tsconfig.base.json']) cpSync(file, join(scratch, file));
    for (const [file, text] of Object.values(planted).flatMap((files) => Object.entries(files))) {
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      writeFileSync(join(scratch, file), text);
    }
    return cruise(scratch).summary.violations;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function ruleNames(): readonly string[] {
  const rules = z.object({ forbidden: z.array(z.object({ name: z.string() })) });
  return rules.parse(JSON.parse(readFileSync(config, 'utf8'))).forbidden.map(({ name }) => name);
}

/** Rules that did not fire on their planted violation, or have none. */
function deafRules(): readonly string[] {
  const found = plantedViolations();
  return ruleNames().filter((name) => {
    const files = Object.keys(planted[name] ?? {});
    return !found.some(({ from, rule }) => rule.name === name && files.includes(from));
  });
}

const { modules, summary } = cruise('.');
const own = modules.filter(({ source }) => productFolders.some((folder) => source.startsWith(`${folder}/`)));
const deaf = deafRules();
for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
for (const name of deaf) console.error(`${name}: does not fire on a planted violation`);
if (own.length < ownModulesMin)
  console.error(`saw ${own.length} own modules, at least ${ownModulesMin} expected`);
const failed = summary.violations.length > 0 || deaf.length > 0 || own.length < ownModulesMin;
console.log(`${own.length} modules, ${ruleNames().length} rules, ${summary.violations.length} violations`);
process.exitCode = failed ? 1 : 0;
