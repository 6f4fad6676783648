import { limits } from '../../domain/base/limits.js';
import { importsOf } from './import-rules.js';
import { isIn, isProduct, topFolderOf, topFolders } from './rule.js';
import { parseSourceFile, type SourceFile } from './source-file.js';
import { calleeRoot, methodOf, textsOf } from './syntax.js';

/** All files of the repository, the sources among them parsed. */
export interface Tree {
  readonly files: readonly string[];
  readonly sources: readonly SourceFile[];
  /** Text of any file; '' for a missing one. */
  readonly read: (path: string) => string;
}

/** A rule about several files. */
export interface TreeRule {
  readonly name: string;
  readonly breaches: (tree: Tree) => readonly string[];
  /** Path → text; each must make it fire. */
  readonly bad: readonly Readonly<Record<string, string>>[];
  /** The same; each must pass. */
  readonly good?: readonly Readonly<Record<string, string>>[];
}

export function sampleTree(texts: Readonly<Record<string, string>>): Tree {
  const files = Object.keys(texts);
  return {
    files,
    sources: files
      .filter((path) => path.endsWith('.ts'))
      .map((path) => parseSourceFile(path, texts[path] ?? '')),
    read: (path) => texts[path] ?? '',
  };
}

const rootFiles = [
  /^package(-lock)?\.json$/,
  /^tsconfig(\.\w+)?\.json$/,
  /^(biome\.json|knip\.jsonc?|vitest\.config\.ts|buf(\.gen)?\.yaml)$/,
  /^(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$/,
  /^(LICENSE|NOTICE)$/,
  /^\.(dependency-cruiser\.json|dockerignore|editorconfig|gitattributes|gitignore|npmrc|nvmrc|oxlintrc\.json)$/,
];
const rootFolders = [...topFolders, '.ci', '.github'];

const portFile = /^domain\/ports\/(.+)\.ts$/;
const invariants = ['I-1', 'I-2', 'I-3', 'I-4', 'I-5', 'I-6', 'I-7'];

const portText = 'export interface GraphStore {}';
const storeText =
  "import type { GraphStore } from '../../domain/ports/graph-store.js'; export const x: GraphStore = {};";
const suiteText = 'export function graphStoreContract(open) {}';

export const treeRules: readonly TreeRule[] = [
  {
    name: 'the root holds the known folders and files only',
    breaches: ({ files }) =>
      files.filter((path) =>
        path.includes('/')
          ? !rootFolders.includes(topFolderOf(path))
          : !rootFiles.some((pattern) => pattern.test(path)),
      ),
    bad: [
      { 'notes.md': '' },
      { 'debug.log': '' },
      { 'report.html': '' },
      { 'scripts/x.ts': '' },
      { 'index.ts': '' },
      { '.env': '' },
      { 'src/domain/x.ts': '' },
    ],
  },
  {
    name: 'every port has a contract suite, and each of its adapters runs it',
    breaches: (tree) =>
      tree.files.flatMap((path) => {
        const [, name] = portFile.exec(path) ?? [];
        return name === undefined ? [] : portBreaches(tree, path, name);
      }),
    bad: [
      { 'domain/ports/graph-store.ts': portText },
      {
        'domain/ports/graph-store.ts': portText,
        'tests/contracts/graph-store.contract.ts': suiteText,
      },
      {
        'domain/ports/graph-store.ts': portText,
        'tests/contracts/graph-store.contract.ts': suiteText,
        'graph/memory/store.ts': storeText,
      },
      {
        'domain/ports/graph-store.ts': portText,
        'tests/contracts/graph-store.contract.ts': suiteText,
        'graph/memory/store.ts': storeText,
        'tests/graph/memory.test.ts': "test('x', () => {});",
      },
    ],
  },
  {
    name: 'the SDK does not import the worker, not even indirectly',
    breaches: ({ sources }) => reachable(sources, isIn('sdk'), '@temporalio/worker'),
    bad: [
      {
        'sdk/submission/submit.ts': "import { connect } from '../../temporal/connection.js';",
        'temporal/connection.ts': "import { bundle } from './bundle.js';",
        'temporal/bundle.ts': "import { Worker } from '@temporalio/worker';",
      },
    ],
  },
  {
    name: 'every invariant leads the title of a test',
    breaches: ({ sources }) => {
      const titles = sources.filter(({ path }) => isIn('tests')(path)).flatMap(titlesIn);
      return invariants.filter((id) => !titles.some((title) => title.startsWith(`${id}:`)));
    },
    bad: [{ 'tests/x.test.ts': "test('I-1: alone', () => {}); say('I-2: I-3: I-4: I-5: I-6: I-7:');" }],
  },
  {
    name: 'every limit is named in a test',
    breaches: ({ sources }) => {
      const named = sources
        .filter(({ path }) => isIn('tests')(path))
        .flatMap(({ nodes }) => nodes.map(({ node }) => (node.type === 'Identifier' ? node.name : '')));
      const seen = new Set(named);
      return Object.keys(limits).filter((name) => !seen.has(name));
    },
    bad: [{ 'tests/x.test.ts': "expect(limits.dagNodesMax).toBe(1); say('tagCharsMax');" }],
  },
  {
    name: 'every patch of a workflow is listed in docs/patches.md',
    breaches: ({ sources, read }) =>
      sources
        .filter(({ path }) => isProduct(path))
        .flatMap(patchesIn)
        .filter((patch) => !read('docs/patches.md').includes(`\`${patch}\``)),
    bad: [
      { 'workflows/x.ts': "if (patched('new-order')) go();" },
      { 'workflows/x.ts': "wf.deprecatePatch('new-order');", 'docs/patches.md': '`old-order`' },
    ],
  },
];

/** An adapter is a folder below graph/ or bus/ with a file that implements the port, which is named after its file. */
function portBreaches({ files, sources }: Tree, path: string, name: string): readonly string[] {
  const port = name.replaceAll(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  const suite = `${port[0]?.toLowerCase()}${port.slice(1)}Contract`;
  const file = `tests/contracts/${name}.contract.ts`;
  if (!files.includes(file)) return [`${path}: ${file} is missing`];
  const adapters = new Set(sources.filter((source) => implementsPort(source, path, port)).map(folderOf));
  if (adapters.size === 0) return [`${path}: no adapter implements ${port}`];
  return [...adapters].flatMap((adapter) => {
    // On real engines where there are any: tests/graph/neo4j.stack.test.ts.
    const tests = [`tests/${adapter}.test.ts`, `tests/${adapter}.stack.test.ts`];
    const called = sources
      .filter((source) => tests.includes(source.path))
      .some(({ nodes }) =>
        nodes.some(({ node }) => node.type === 'CallExpression' && calleeRoot(node) === suite),
      );
    return called ? [] : [`${path}: tests/${adapter}.test.ts does not call ${suite}`];
  });
}

function implementsPort(source: SourceFile, portPath: string, port: string): boolean {
  return (
    /^(graph|bus|archive)\/[^/]+\//.test(source.path) &&
    importsOf(source).some(({ target }) => target === portPath) &&
    source.nodes.some(({ node }) => node.type === 'Identifier' && node.name === port)
  );
}

function folderOf({ path }: SourceFile): string {
  return path.split('/').slice(0, 2).join('/');
}

/** Files of `from` that reach a package through imports that exist at run time. */
function reachable(
  sources: readonly SourceFile[],
  from: (path: string) => boolean,
  name: string,
): readonly string[] {
  const importers = new Map<string, string[]>();
  for (const source of sources.filter(({ path }) => isProduct(path))) {
    for (const { target } of runtimeImports(source))
      importers.set(target, [...(importers.get(target) ?? []), source.path]);
  }
  const reached = new Set<string>();
  const waiting = [name];
  for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) {
    const above = (importers.get(target) ?? []).filter((path) => !reached.has(path));
    for (const path of above) reached.add(path);
    waiting.push(...above);
  }
  return [...reached].filter(from).sort();
}

function runtimeImports(source: SourceFile) {
  const types = new Set(
    source.nodes
      .filter(
        ({ node }) =>
          node.type === 'TSImportType' ||
          ('importKind' in node && node.importKind === 'type' && 'source' in node),
      )
      .map(({ node }) => node.start),
  );
  return importsOf(source).filter(({ offset }) => !types.has(offset));
}

function titlesIn({ nodes }: SourceFile): readonly string[] {
  return nodes.flatMap(({ node }) => {
    if (node.type !== 'CallExpression' || !['test', 'describe'].includes(calleeRoot(node))) return [];
    const [title] = node.arguments;
    return title === undefined ? [] : textsOf(title).slice(0, 1);
  });
}

function patchesIn({ nodes }: SourceFile): readonly string[] {
  return nodes.flatMap(({ node }) => {
    if (node.type !== 'CallExpression') return [];
    const name = node.callee.type === 'Identifier' ? node.callee.name : methodOf(node);
    const [patch] = node.arguments;
    return ['patched', 'deprecatePatch'].includes(name) && patch !== undefined ? textsOf(patch) : [];
  });
}
