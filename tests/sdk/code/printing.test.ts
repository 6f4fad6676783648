import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Node, visitorKeys } from 'oxc-parser';
import { expect, test } from 'vitest';
import { canonicalTree } from '../../../sdk/code/canonical-tree.js';
import { printTree } from '../../../sdk/code/print-tree.js';
import { resolveScopes } from '../../../sdk/code/scope.js';
import { isFunctionNode, isSyntaxNode, parseSource, type SourceFile } from '../../../sdk/code/syntax.js';
import type { Tree } from '../../../sdk/code/tree.js';

const filesMax = 300;
const bytesMax = 80_000;

/** Published JavaScript: every few files of the installed packages, in the order of their paths. */
function sample(): string[] {
  const root = resolve(import.meta.dirname, '../../../node_modules');
  const all = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && /\.c?js$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .sort();
  const step = Math.floor(all.length / (filesMax * 3));
  return all.filter((_, index) => index % step === 0);
}

/** The function around the code of a CommonJS file; undefined for other files, and for code that is not strict. */
function wrapped(code: string): SourceFile | undefined {
  const parsed = parseSource('file.js', `(function (module, exports) {${code}\n})`);
  return parsed.ok ? parsed.file : undefined;
}

function canonical(file: SourceFile): Tree {
  const [statement] = file.program.body;
  if (statement?.type !== 'ExpressionStatement' || !isFunctionNode(statement.expression)) {
    throw new TypeError('not a function');
  }
  const scopes = resolveScopes(file.program);
  const module = { file, isPackage: false, scopes, exports: new Map(), stars: [], imports: [] };
  const names = new Map();
  const node = statement.expression;
  return canonicalTree(
    {
      kind: 'code',
      module,
      node,
      binding: undefined,
      names,
      members: new Map(),
      uses: new Map(),
      mayKeepState: false,
      findings: [],
      isNode: false,
      wholeFiles: new Set(),
    },
    { useOf: () => undefined, global: () => {}, ownName: () => undefined },
  );
}

function parsedFunction(text: string): Node {
  const parsed = parseSource('printed.js', `(${text})`);
  if (!parsed.ok) throw new TypeError(parsed.fault.message);
  const [statement] = parsed.file.program.body;
  if (statement?.type !== 'ExpressionStatement') throw new TypeError('not an expression');
  return statement.expression;
}

/** Members that are another spelling of the same code, or no part of it. */
const ignored: ReadonlySet<string> = new Set([
  'origin',
  'shorthand',
  'raw',
  'expression',
  'directive',
  'cooked',
]);

/** The first place where a tree and parsed code differ. */
function difference(tree: unknown, node: unknown, path = ''): string | undefined {
  if (Array.isArray(tree)) return listDifference(tree, node, path);
  if (isNothing(tree)) return isNothing(node) ? undefined : `${path}: not empty`;
  if (!isSyntaxNode(tree)) return Object.is(tree, node) ? undefined : `${path}: not ${String(tree)}`;
  return nodeDifference(tree, node, path);
}

function nodeDifference(tree: Node, node: unknown, path: string): string | undefined {
  if (tree.type === 'ParenthesizedExpression') return difference(tree.expression, node, path);
  if (!isSyntaxNode(node) || node.type !== tree.type) return `${path}: not ${tree.type}`;
  return membersDifference(tree, node, path);
}

function listDifference(tree: readonly unknown[], node: unknown, path: string): string | undefined {
  const nodes: readonly unknown[] = Array.isArray(node) ? node : [];
  if (nodes.length !== tree.length) return `${path}: other length`;
  return firstOf(tree.map((one, index) => () => difference(one, nodes[index], `${path}/${index}`)));
}

function membersDifference(tree: Node, node: Node, path: string): string | undefined {
  if (tree.type === 'Literal')
    return literalKey(tree) === literalKey(node) ? undefined : `${path}: ${literalKey(tree)}`;
  if (tree.type === 'TemplateElement' && node.type === 'TemplateElement') {
    return tree.value.cooked === node.value.cooked ? undefined : `${path}: other text`;
  }
  const keys = new Set([...Object.keys(tree), ...(visitorKeys[node.type] ?? [])]);
  // A body that is an expression is marked so in one tree, and is the child of both.
  const isStatement = node.type === 'ExpressionStatement' || node.type === 'ChainExpression';
  return firstOf(
    [...keys]
      .filter((key) => !ignored.has(key) || (key === 'expression' && isStatement))
      .map(
        (key) => () =>
          difference(Reflect.get(tree, key), Reflect.get(node, key), `${path}/${node.type}.${key}`),
      ),
  );
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
  );
}

function literalKey(node: Node): string {
  const [regex, bigint, value]: unknown[] = ['regex', 'bigint', 'value'].map((key) => Reflect.get(node, key));
  if (typeof regex === 'object' && regex !== null)
    return `/${Reflect.get(regex, 'pattern')}/${Reflect.get(regex, 'flags')}`;
  return typeof bigint === 'string'
    ? `${bigint}n`
    : `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
}

const published = sample().flatMap((path) => {
  const code = readFileSync(path, 'utf8').replace(/^#!.*/, '');
  const file = code.length > bytesMax ? undefined : wrapped(code);
  return file === undefined || file.hasModuleSyntax ? [] : [{ path, file, tree: canonical(file) }];
});

test('published code that is printed and parsed has the same tree', () => {
  expect(published.length).toBeGreaterThan(filesMax);
  const differing = published.flatMap(({ path, tree }) => {
    const found = difference(tree, parsedFunction(printTree(tree)));
    return found === undefined ? [] : [`${path} ${found}`];
  });
  expect(differing).toEqual([]);
});

test('published code that is printed twice has the same text', () => {
  // Try statements, loops, array patterns and async methods get calls of helpers in every print.
  const plain = published.filter(
    ({ tree }) => !/\b(?:caught|closing|asynchronous)\(|\[closed\]/.test(printTree(tree)),
  );
  expect(plain.length).toBeGreaterThan(filesMax / 2);
  const differing = plain.flatMap(({ path, tree }) => {
    const text = printTree(tree);
    const again = parseSource('printed.js', `(${text})`);
    return again.ok && printTree(canonical(again.file)) === text ? [] : [path];
  });
  expect(differing).toEqual([]);
});
