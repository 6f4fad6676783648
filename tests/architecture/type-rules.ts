import type { Node } from 'oxc-parser';
import { anywhere, type FileRule, isIn } from './rule.js';
import { above, type Placed } from './source-file.js';

/** Functions that give a value its type beside the check of it. */
const parseFunction = /^(parse[A-Z]|read[A-Z]|branded$|fromPayload$)/;
/** Read by a tool that requires a default export. */
const configFiles = ['vitest.config.ts'];

function nodesOfType(name: Node['type'], says: string): FileRule['breaches'] {
  return ({ nodes }) =>
    nodes.filter(({ node }) => node.type === name).map(({ node }) => ({ offset: node.start, says }));
}

export const typeRules: readonly FileRule[] = [
  {
    name: 'no enums',
    looksAt: anywhere,
    breaches: nodesOfType('TSEnumDeclaration', 'an enum'),
    bad: [
      { path: 'domain/state.ts', text: 'export enum State { Open }' },
      { path: 'domain/state.ts', text: 'declare const enum State { Open }' },
    ],
    good: [{ path: 'domain/state.ts', text: "export const states = ['open'] as const;" }],
  },
  {
    name: 'no any',
    looksAt: anywhere,
    breaches: nodesOfType('TSAnyKeyword', 'any'),
    bad: [
      { path: 'domain/x.ts', text: 'export const x: any = 1;' },
      { path: 'tests/x.ts', text: 'function f(x: Map<string, any[]>) {}' },
    ],
    good: [{ path: 'domain/x.ts', text: 'export const any = "any"; // any' }],
  },
  {
    name: 'no type assertions but "as const" and those in a parse function',
    looksAt: anywhere,
    breaches: ({ nodes }) =>
      nodes
        .filter((placed) => isAssertion(placed.node) && !isParsing(placed))
        .map(({ node }) => ({ offset: node.start, says: 'a type assertion' })),
    bad: [
      { path: 'domain/x.ts', text: 'export const id = text as NodeId;' },
      { path: 'tests/x.ts', text: 'const id = <NodeId>text;' },
      { path: 'domain/x.ts', text: 'function make(text: string) { return (text as unknown) as NodeId; }' },
    ],
    good: [
      { path: 'domain/x.ts', text: 'export const kinds = ["a"] as const;' },
      {
        path: 'domain/x.ts',
        text: 'function parseId(text: string) { return check(text) ? (text as Id) : no(); }',
      },
      { path: 'domain/x.ts', text: 'class C { fromPayload<T>(p: P): T { return read(p) as T; } }' },
    ],
  },
  {
    name: 'no export *',
    looksAt: anywhere,
    breaches: nodesOfType('ExportAllDeclaration', 'export *'),
    bad: [
      { path: 'sdk/index.ts', text: "export * from './node.js';" },
      { path: 'sdk/index.ts', text: "export * as nodes from './node.js';" },
    ],
    good: [{ path: 'sdk/index.ts', text: "export { node } from './node.js';" }],
  },
  {
    name: 'no default exports outside configurations and examples',
    looksAt: (path) => !isIn('examples')(path) && !configFiles.includes(path),
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => node.type === 'ExportDefaultDeclaration' || isDefaultSpecifier(node))
        .map(({ node }) => ({ offset: node.start, says: 'a default export' })),
    bad: [
      { path: 'sdk/nodes/node.ts', text: 'export default function node() {}' },
      { path: 'sdk/nodes/node.ts', text: 'const node = 1; export { node as default };' },
    ],
    good: [{ path: 'sdk/nodes/node.ts', text: "import x from 'y'; export { x };" }],
  },
];

function isAssertion(node: Node): boolean {
  if (node.type === 'TSTypeAssertion') return true;
  return node.type === 'TSAsExpression' && !isConst(node.typeAnnotation);
}

function isConst(type: Node): boolean {
  return (
    type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && type.typeName.name === 'const'
  );
}

function isParsing(placed: Placed): boolean {
  return [...above(placed)].some((node) => parseFunction.test(functionName(node)));
}

function functionName(node: Node): string {
  if (node.type === 'FunctionDeclaration') return node.id?.name ?? '';
  return node.type === 'MethodDefinition' && node.key.type === 'Identifier' ? node.key.name : '';
}

function isDefaultSpecifier(node: Node): boolean {
  return (
    node.type === 'ExportSpecifier' && node.exported.type === 'Identifier' && node.exported.name === 'default'
  );
}
