import type { Node } from 'oxc-parser';
import {
  searchAttributes,
  submitStrategyWorkflow,
  workflowContracts,
  workflowIdPrefixes,
} from '../../workflows/contract.js';
import { type FileRule, isIn, isProduct } from './rule.js';
import { above, type Placed, type SourceFile } from './source-file.js';
import { importedFrom, methodOf, textsOf } from './syntax.js';

const contractFile = 'workflows/contract.ts';
const optionsFile = 'workflows/activity-options.ts';
const workflows = isIn('workflows');

const timeouts = [
  'startToCloseTimeout',
  'scheduleToCloseTimeout',
  'scheduleToStartTimeout',
  'heartbeatTimeout',
  'workflowExecutionTimeout',
  'workflowRunTimeout',
  'workflowTaskTimeout',
];

/** Names that only the contract spells; a workflow id begins with its kind. */
const spelled: readonly string[] = [
  ...workflowContracts.flatMap(({ type, queue }) => [type, queue]),
  ...Object.values(searchAttributes).map(({ name }) => name),
];
const idPrefixes = workflowIdPrefixes;
/** Client calls whose first argument is such a name. */
const clientCalls = [
  'start',
  'execute',
  'signal',
  'signalWithStart',
  'query',
  'executeUpdate',
  'startUpdate',
  'executeUpdateWithStart',
  'startUpdateWithStart',
  'getHandle',
];

export const workflowRules: readonly FileRule[] = [
  {
    name: 'workflows import activities as types only',
    looksAt: workflows,
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => /(^|\/)activities\//.test(importedFrom(node) ?? '') && !isTypeImport(node))
        .map(({ node }) => ({ offset: node.start, says: `imports ${importedFrom(node)} at run time` })),
    bad: [
      { path: 'workflows/x.ts', text: "import { createTopicActivities } from '../activities/topics.js';" },
      { path: 'workflows/x.ts', text: "const a = await import('../activities/topics.js');" },
      { path: 'workflows/x.ts', text: "export { createTopicActivities } from '../activities/topics.js';" },
    ],
    good: [
      { path: 'workflows/x.ts', text: "import type { TopicActivities } from '../activities/topics.js';" },
    ],
  },
  {
    name: 'a file exports one workflow, named after it',
    looksAt: (path) => workflows(path) && path !== contractFile,
    breaches: ({ path, program }) => {
      const wanted = camelCase(path.replace(/^.*\/|\.ts$/g, ''));
      return program.body.flatMap((statement) => {
        const name = exportedAsyncFunction(statement);
        return name === undefined || name === wanted
          ? []
          : [{ offset: statement.start, says: `exports ${name}` }];
      });
    },
    bad: [
      { path: 'workflows/redo-diff.ts', text: 'export async function rollBack() {}' },
      {
        path: 'workflows/redo-diff.ts',
        text: 'export async function redoDiff() {}\nexport async function rollBack() {}',
      },
      { path: 'workflows/redo-diff.ts', text: 'export const rollBack = async () => {};' },
    ],
    good: [
      {
        path: 'workflows/redo-diff.ts',
        text: 'export async function redoDiff() {}\nasync function step() {}',
      },
      { path: 'workflows/redo-story.ts', text: 'export function redoStory() {}' },
    ],
  },
  {
    name: 'handlers are set before the first await',
    looksAt: workflows,
    breaches: ({ nodes }) =>
      nodes
        .filter((placed) => isCallOf(placed.node, 'setHandler') && awaitedBefore(placed, nodes))
        .map(({ node }) => ({ offset: node.start, says: 'setHandler after an await' })),
    bad: [
      { path: 'workflows/x.ts', text: 'async function x() { await step(); setHandler(q, f); }' },
      {
        path: 'workflows/x.ts',
        text: 'async function x() { for await (const s of steps) s(); wf.setHandler(q, f); }',
      },
    ],
    good: [
      {
        path: 'workflows/x.ts',
        text: 'async function x() { setHandler(q, async () => { await y(); }); setHandler(r, f); await z(); }',
      },
    ],
  },
  {
    name: 'timeouts of durable work are named in one file, with reasons',
    looksAt: (path) => isProduct(path) && path !== optionsFile,
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => timeouts.includes(propertyName(node)))
        .map(({ node }) => ({ offset: node.start, says: `an inline ${propertyName(node)}` })),
    bad: [
      { path: 'workflows/x.ts', text: "proxyActivities({ startToCloseTimeout: '1m' });" },
      { path: 'temporal/x.ts', text: "start(w, { 'workflowRunTimeout': 5 });" },
    ],
    good: [
      { path: 'workflows/x.ts', text: 'proxyActivities(topicAdmin); const { heartbeatTimeout } = info();' },
    ],
  },
  {
    name: 'names, queues and ids of durable work are spelled only in the contract',
    looksAt: (path) => isProduct(path) && path !== contractFile,
    breaches: (file) => [...spelledNames(file), ...literalCalls(file)],
    bad: [
      { path: 'temporal/x.ts', text: `start('${submitStrategyWorkflow.type}');` },
      { path: 'workers/x.ts', text: `const queue = '${submitStrategyWorkflow.queue}';` },
      { path: 'cli/x.ts', text: 'const id = `submit-strategy/${submission}`;' },
      { path: 'cli/x.ts', text: "const id = 'submit-strategy/' + submission;" },
      { path: 'cli/x.ts', text: "handle.query('status');" },
      { path: 'cli/x.ts', text: 'client.workflow.getHandle(`x-${id}`);' },
      { path: 'workflows/x.ts', text: `upsert({ ${searchAttributes.state.name}: 'x' });` },
    ],
    good: [
      { path: 'cli/x.ts', text: "handle.query(statusQuery); status('status'); url.query(path);" },
      { path: 'workflows/index.ts', text: "export { submitStrategy } from './submit-strategy.js';" },
    ],
  },
];

function isTypeImport(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.type === 'ImportDeclaration') return node.importKind === 'type';
  return node.type === 'ExportNamedDeclaration' && node.exportKind === 'type';
}

function camelCase(kebab: string): string {
  return kebab.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function exportedAsyncFunction(statement: Node): string | undefined {
  if (statement.type !== 'ExportNamedDeclaration') return undefined;
  const { declaration } = statement;
  if (declaration?.type === 'FunctionDeclaration')
    return declaration.async ? declaration.id?.name : undefined;
  if (declaration?.type !== 'VariableDeclaration') return undefined;
  const made = declaration.declarations.find(
    ({ init }) =>
      (init?.type === 'ArrowFunctionExpression' || init?.type === 'FunctionExpression') && init.async,
  );
  return made?.id.type === 'Identifier' ? made.id.name : undefined;
}

function isCallOf(node: Node, name: string): boolean {
  if (node.type !== 'CallExpression') return false;
  return (node.callee.type === 'Identifier' && node.callee.name === name) || methodOf(node) === name;
}

/** Whether an await of the same function precedes. */
function awaitedBefore(placed: Placed, nodes: readonly Placed[]): boolean {
  const owner = functionAround(placed);
  return nodes.some(
    (other) => isAwait(other.node) && other.node.start < placed.node.start && functionAround(other) === owner,
  );
}

function isAwait(node: Node): boolean {
  return node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await);
}

function functionAround(placed: Placed): Node | undefined {
  return [...above(placed)].find(({ type }) => type.includes('Function'));
}

function propertyName(node: Node): string {
  // A pattern only reads such a value.
  if (node.type !== 'Property' || node.value.type === 'AssignmentPattern' || node.shorthand) return '';
  return node.key.type === 'Identifier' ? node.key.name : (textsOf(node.key)[0] ?? '');
}

function spelledNames({ nodes }: SourceFile) {
  return nodes
    .flatMap(({ node }) => {
      const texts =
        node.type === 'Property' && node.key.type === 'Identifier' ? [node.key.name] : textsOf(node);
      return texts.map((text) => ({ node, text }));
    })
    .filter(({ text }) => spelled.includes(text) || idPrefixes.some((prefix) => text.startsWith(prefix)))
    .map(({ node, text }) => ({ offset: node.start, says: `spells ${text}` }));
}

function literalCalls({ nodes }: SourceFile) {
  return nodes.flatMap(({ node }) => {
    if (node.type !== 'CallExpression' || !clientCalls.includes(methodOf(node))) return [];
    const [first] = node.arguments;
    const texts = first === undefined ? [] : textsOf(first);
    return texts.length === 0 ? [] : [{ offset: node.start, says: `${methodOf(node)} with a literal` }];
  });
}
