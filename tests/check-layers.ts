import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { productFolders } from './architecture/rule.js';

/**
 * `npm run check:layers`: no module imports what .dependency-cruiser.json forbids. Fails too when it saw too few modules,
 * and when a rule does not fire on a violation planted for it.
 */
const config = '.dependency-cruiser.json';
const ownModulesMin = 100;

/** One planted violation a rule: file → text. Files of the same name are shared. */
const planted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-circular': {
    'domain/circle-a.ts': "import { b } from './circle-b.js'; export const a = () => b;",
    'domain/circle-b.ts': "import { a } from './circle-a.js'; export const b = () => a;",
  },
  'no-unresolvable': { 'domain/lost.ts': "import { x } from './nowhere.js'; export const y = x;" },
  'domain-imports-nothing': imports('domain/wire.ts', 'proto/target.ts'),
  'proto-knows-domain-only': imports('proto/settings.ts', 'config/target.ts'),
  'workflows-only-sequence': imports('workflows/store.ts', 'graph/target.ts'),
  'activities-use-ports': imports('activities/store.ts', 'graph/target.ts'),
  'graph-knows-domain-only': imports('graph/wire.ts', 'proto/target.ts'),
  'graph-neo4j-knows-its-driver': imports('graph/neo4j/wire.ts', 'proto/target.ts'),
  'adapters-stand-apart': imports('graph/neo4j/borrowed.ts', 'graph/memory/target.ts'),
  'bus-knows-domain-and-wire': imports('bus/store.ts', 'graph/target.ts'),
  'config-knows-domain-only': imports('config/wire.ts', 'proto/target.ts'),
  'temporal-knows-contract-only': imports('temporal/workflow.ts', 'workflows/target.ts'),
  'api-has-no-adapters': imports('api/store.ts', 'graph/target.ts'),
  'sdk-talks-through-temporal': imports('sdk/store.ts', 'graph/target.ts'),
  'sdk-reaches-no-worker': {
    ...imports('sdk/far.ts', 'temporal/near.ts'),
    ...imports('temporal/near.ts', 'workers/target.ts'),
    'workers/target.ts': 'export const target = 1;',
  },
  'workers-do-not-know-entries': imports('workers/entry.ts', 'api/target.ts'),
  'deploy-stands-alone': imports('deploy/store.ts', 'graph/target.ts'),
  'nobody-imports-cli': imports('api/command.ts', 'cli/target.ts'),
};

function imports(from: string, to: string): Record<string, string> {
  const up = '../'.repeat(from.split('/').length - 1);
  const imported = `${up}${to.replace(/\.ts$/, '.js')}`;
  return {
    [from]: `import { target } from '${imported}'; export { target };`,
    [to]: 'export const target = 1;',
  };
}

const cruiseResult = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

function cruise(cwd: string, folders: readonly string[]): z.output<typeof cruiseResult> {
  const program = resolve('node_modules/.bin/depcruise');
  const run = spawnSync(program, ['--config', config, '--output-type', 'json', ...folders], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.stdout === '') throw new Error(`dependency-cruiser gave no answer: ${run.stderr}`);
  return cruiseResult.parse(JSON.parse(run.stdout));
}

/** The violations found in a scratch tree that holds every planted one. */
function plantedViolations(): ReturnType<typeof cruise>['summary']['violations'] {
  const scratch = mkdtempSync(join(tmpdir(), 'qmtl-layers-'));
  try {
    for (const file of [config, 'tsconfig.json', 'tsconfig.base.json']) cpSync(file, join(scratch, file));
    for (const [file, text] of Object.values(planted).flatMap((files) => Object.entries(files))) {
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      writeFileSync(join(scratch, file), text);
    }
    return cruise(scratch, productFolders).summary.violations;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function ruleNames(): readonly string[] {
  const rules = z.object({ forbidden: z.array(z.object({ name: z.string() })) });
  return rules.parse(JSON.parse(readFileSync(config, 'utf8'))).forbidden.map(({ name }) => name);
}

/** Rules that did not fire on what was planted for them, or that nothing was planted for. */
function deafRules(): readonly string[] {
  const found = plantedViolations();
  return ruleNames().filter((name) => {
    const files = Object.keys(planted[name] ?? {});
    return !found.some(({ from, rule }) => rule.name === name && files.includes(from));
  });
}

const { modules, summary } = cruise('.', productFolders);
const own = modules.filter(({ source }) => productFolders.some((folder) => source.startsWith(`${folder}/`)));
const deaf = deafRules();
for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
for (const name of deaf) console.error(`${name}: does not fire on a planted violation`);
if (own.length < ownModulesMin)
  console.error(`saw ${own.length} modules of ours, at least ${ownModulesMin} expected`);
const failed = summary.violations.length > 0 || deaf.length > 0 || own.length < ownModulesMin;
console.log(`${own.length} modules, ${ruleNames().length} rules, ${summary.violations.length} violations`);
process.exitCode = failed ? 1 : 0;
