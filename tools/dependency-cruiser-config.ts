import { type ImportRule, importRules, isPure } from './import-rules.js';

/** The used part of a rule of dependency-cruiser. */
interface ForbiddenImport {
  readonly name: string;
  readonly severity: 'error';
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: Readonly<Record<string, unknown>>;
}

/** The entry points, which nothing below may import. */
const workerPackages = 'node_modules/@temporalio/(worker|testing)/';

/** All rules: those of the import table, and those about the whole graph. */
const forbiddenImports: readonly ForbiddenImport[] = [
  { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ...importRules.map(forbiddenOf),
  {
    name: 'sdk-reaches-no-worker',
    severity: 'error',
    from: { path: '^sdk/' },
    to: { path: `${workerPackages}|^workers/`, reachable: true },
  },
];

/** The text of `.dependency-cruiser.json`. */
export function dependencyCruiserConfig(): string {
  const config = {
    forbidden: forbiddenImports,
    options: {
      exclude: { path: '^(dist|coverage|examples/data)/' },
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
      parser: 'swc',
      tsConfig: { fileName: 'tsconfig.json' },
      enhancedResolveOptions: {
        extensions: ['.ts', '.js', '.json'],
        exportsFields: ['exports'],
        conditionNames: ['import', 'node', 'default', 'types'],
      },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** `graph-neo4j-rows-imports`. */
export function ruleNameOf({ from }: ImportRule): string {
  return `${from.replace(/\.ts$/, '').replace(/\/$/, '').replaceAll('/', '-')}-imports`;
}

/** Forbids everything the rule does not name; files that a narrower rule covers are left to it. */
function forbiddenOf(rule: ImportRule): ForbiddenImport {
  const narrower = importRules.filter(({ from }) => from !== rule.from && from.startsWith(rule.from));
  const files = [rule.from, ...rule.files].map((path) =>
    path === 'std/' && isPure(rule) ? 'std/(?!node/)' : escaped(path),
  );
  const packages = rule.packages.map((name) => `node_modules/${escaped(name)}/`);
  // dependency-cruiser names modules of Node without their prefix.
  const node = rule.node === 'all' ? ['[a-z0-9_/]+$'] : rule.node.map(nodeModule);
  return {
    name: ruleNameOf(rule),
    severity: 'error',
    from: {
      path: `^${escaped(rule.from)}`,
      ...(narrower.length === 0
        ? {}
        : { pathNot: `^(${narrower.map(({ from }) => escaped(from)).join('|')})` }),
    },
    to: { path: `^(?!${[...files, ...packages, ...node].join('|')})` },
  };
}

function nodeModule(name: string): string {
  return `${escaped(name.replace('node:', ''))}$`;
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
