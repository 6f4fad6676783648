import type { Node } from 'oxc-parser';
import { importRuleOf, importRules } from '../../tools/import-rules.js';
import { type FileRule, isIn, isProduct } from './rule.js';
import type { Placed } from './source-file.js';
import { importedFrom, memberNames } from './syntax.js';

/** Where the environment enters the program; gRPC reads the variables of proxies itself, wherever it is used. */
const entries = ['cli/io/process-io.ts', 'workers/main.ts', 'api/main.ts', 'std/node/grpc-proxy.ts'];
/** Names that reach outside however they are used. */
const outside = [
  'performance',
  'crypto',
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'globalThis',
];

/** What runs in a workflow: its files and what they import, but for activities, of which they import types only. */
const pureFolders = importRules
  .filter(({ from }) => from === 'workflows/')
  .flatMap(({ from, files }) => [from, ...files])
  .filter((folder) => folder !== 'activities/');

/** Not the groups in these folders that may use Node. */
function isPure(path: string): boolean {
  return pureFolders.some((folder) => path.startsWith(folder)) && importRuleOf(path)?.node.length === 0;
}

const domain = isIn('domain');
const sample = (text: string) => ({ path: 'domain/x.ts', text });

export const purityRules: readonly FileRule[] = [
  {
    name: 'code that runs in a workflow uses no clock, no randomness and no environment',
    looksAt: isPure,
    breaches: ({ nodes }) =>
      nodes
        .filter(isImpure)
        .map(({ node }) => ({ offset: node.start, says: `reaches outside: ${node.type}` })),
    bad: [
      sample('export const at = Date.now();'),
      sample('export const at = new Date();'),
      sample('export const at = Date();'),
      sample('export const r = Math.random();'),
      sample('export const t = performance.now();'),
      sample('export const id = crypto.randomUUID();'),
      sample('export const e = process.env.X;'),
      sample("export const p = fetch('x');"),
      sample('setTimeout(() => {}, 1);'),
      sample('export const later = { at: setTimeout };'),
      ...pureFolders.map((folder) => ({ path: `${folder}x.ts`, text: 'export const at = Date.now();' })),
    ],
    good: [
      sample('export const at = new Date(0).getTime();'),
      sample('export const r = Math.max(1, 2);'),
      sample('export interface Log { readonly performance: number; process(): void }'),
      sample('export const performanceOf = (run: Run) => run.performance;'),
      sample('export const all = { crypto: 1 };'),
      { path: 'std/node/x.ts', text: 'export const at = Date.now();' },
      { path: 'activities/x.ts', text: 'export const at = Date.now();' },
    ],
  },
  {
    name: 'domain/ does not import Temporal',
    looksAt: domain,
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => importedFrom(node)?.startsWith('@temporalio/'))
        .map(({ node }) => ({ offset: node.start, says: `imports ${importedFrom(node)}` })),
    bad: [
      sample("import type { Duration } from '@temporalio/common';"),
      sample("export { msToTs } from '@temporalio/common/lib/time.js';"),
    ],
    good: [sample("import { x } from './y.js';")],
  },
  {
    name: 'std/node/errno.ts reads the codes of errors',
    looksAt: (path) => isProduct(path) && path !== 'std/node/errno.ts',
    breaches: ({ text }) =>
      [...text.matchAll(/'code' in \w|\bErrnoException\b/g)].map(({ index, 0: found }) => ({
        offset: index,
        says: `${found}: call findErrno`,
      })),
    bad: [
      { path: 'bus/kafka/failure.ts', text: "const code = 'code' in error ? error.code : undefined;" },
      { path: 'cli/io/input.ts', text: 'const on = (error: NodeJS.ErrnoException) => error.code;' },
    ],
    good: [{ path: 'cli/io/input.ts', text: 'const code = findErrno(error);' }],
  },
  {
    name: 'the environment is read at the entry points only',
    looksAt: (path) => isProduct(path) && !entries.includes(path),
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => readsEnvironment(node))
        .map(({ node }) => ({ offset: node.start, says: 'process.env' })),
    bad: [
      { path: 'api/x.ts', text: 'export const port = process.env.PORT;' },
      { path: 'api/x.ts', text: 'const { env } = process;' },
      { path: 'api/x.ts', text: "import { env } from 'node:process';" },
    ],
    good: [{ path: 'api/x.ts', text: 'export const port = (env: Env) => env.PORT;' }],
  },
];

function isImpure(placed: Placed): boolean {
  const { node } = placed;
  const member = memberNames(node);
  if (member !== undefined) {
    return (
      (member.object === 'Date' && member.property === 'now') ||
      (member.object === 'Math' && member.property === 'random')
    );
  }
  if (node.type === 'NewExpression' || node.type === 'CallExpression') return isNow(node);
  return node.type === 'Identifier' && outside.includes(node.name) && isReference(placed);
}

function isNow(node: Extract<Node, { type: 'NewExpression' | 'CallExpression' }>): boolean {
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date') return false;
  return node.type === 'CallExpression' || node.arguments.length === 0;
}

/** Whether a name is read, and is not itself the name of a member, a parameter or a type. */
function isReference({ node, parent }: Placed): boolean {
  switch (parent?.node.type) {
    case 'MemberExpression':
      return parent.node.object === node || parent.node.computed;
    case 'Property':
      return parent.node.value === node;
    case 'TSPropertySignature':
    case 'TSMethodSignature':
    case 'PropertyDefinition':
    case 'MethodDefinition':
      return false;
    default:
      return true;
  }
}

function readsEnvironment(node: Node): boolean {
  const member = memberNames(node);
  if (member?.object === 'process' && member.property === 'env') return true;
  if (node.type === 'VariableDeclarator') {
    return (
      node.init?.type === 'Identifier' && node.init.name === 'process' && node.id.type === 'ObjectPattern'
    );
  }
  return importedFrom(node) === 'node:process' || importedFrom(node) === 'process';
}
