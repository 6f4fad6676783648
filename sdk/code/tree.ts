import type { Node } from 'oxc-parser';
import { isSyntaxNode, type SourceFile } from './syntax.js';

/** A syntax tree to print. */
export interface Tree {
  readonly type: string;
  readonly origin?: Origin;
  readonly [member: string]: unknown;
}

/** The place of the code that a tree was made from. */
export interface Origin {
  readonly file: SourceFile;
  readonly offset: number;
}

/** What a class calls itself inside. */
export const selfName = 'self';
/** What an enum calls the object of its members. */
export const membersName = 'members';

export function identifier(name: string): Tree {
  return { type: 'Identifier', name };
}

export function call(callee: string, ...args: readonly Tree[]): Tree {
  return callOf(identifier(callee), ...args);
}

export function callOf(callee: Tree, ...args: readonly Tree[]): Tree {
  return { type: 'CallExpression', callee, arguments: args, optional: false };
}

export function arrow(params: readonly Tree[], body: Tree): Tree {
  return { type: 'ArrowFunctionExpression', params, body, expression: true, async: false };
}

export function literal(value: string | number): Tree {
  return { type: 'Literal', value };
}

/** A key: a name where the language allows one. */
export function keyTree(name: string): Tree {
  if (identifierName.test(name)) return identifier(name);
  // Engines are slow to find an element by a text.
  return literal(arrayIndex.test(name) ? Number(name) : name);
}

const arrayIndex = /^(?:0|[1-9]\d{0,8})$/;
const identifierName = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** A literal by its value. */
export function literalTree(node: Extract<Node, { type: 'Literal' }>): Tree {
  if ('regex' in node)
    return { type: 'Literal', regex: { pattern: node.regex.pattern, flags: node.regex.flags } };
  if ('bigint' in node) return { type: 'Literal', bigint: BigInt(node.bigint).toString() };
  return { type: 'Literal', value: node.value };
}

/** Members of nodes that have a meaning, beside their children. */
export const plainMembers = [
  ...[
    'operator',
    'prefix',
    'computed',
    'optional',
    'kind',
    'static',
    'generator',
    'async',
    'delegate',
    'await',
  ],
  'regex',
] as const;

export function isTree(value: unknown): value is Tree {
  return isSyntaxNode(value);
}

/** `this.field = value;` */
export function fieldAssignment(field: string, value: Tree): Tree {
  const left = {
    type: 'MemberExpression',
    object: { type: 'ThisExpression' },
    property: identifier(field),
    computed: false,
    optional: false,
  };
  return {
    type: 'ExpressionStatement',
    expression: { type: 'AssignmentExpression', operator: '=', left, right: value },
  };
}

/** `super(…);` */
export function isSuperCall(statement: Tree): boolean {
  const { expression } = statement;
  if (statement.type !== 'ExpressionStatement' || typeof expression !== 'object' || expression === null)
    return false;
  const callee: unknown = Reflect.get(expression, 'callee');
  return isSyntaxNode(callee) && callee.type === 'Super';
}

/** The helper that every catch clause begins with. */
export const catchHelper = 'caught';

const caught = identifier('error');

/**
 * A catch clause. The helper passes on the error of a stack that is full: how deep a stack may be differs between machines.
 * `param`: the pattern the error is taken apart by.
 */
export function catchClause(param: Tree | undefined, statements: readonly Tree[]): Tree {
  const first: Tree = { type: 'ExpressionStatement', expression: call(catchHelper, caught) };
  const declarations = [{ type: 'VariableDeclarator', id: param, init: caught }];
  const named: Tree[] =
    param === undefined ? [] : [{ type: 'VariableDeclaration', kind: 'let', declarations }];
  const body = { type: 'BlockStatement', body: [first, ...named, ...statements] };
  return { type: 'CatchClause', param: caught, body };
}

/** A catch clause that passes on every error. */
export function passingCatch(): Tree {
  return catchClause(undefined, [{ type: 'ThrowStatement', argument: caught }]);
}

/** `var a, b;` */
export function emptyVars(names: readonly string[]): Tree[] {
  if (names.length === 0) return [];
  const declarations = names.map((name) => ({
    type: 'VariableDeclarator',
    id: identifier(name),
    init: null,
  }));
  return [{ type: 'VariableDeclaration', kind: 'var', declarations }];
}

export type TemplateNode = Extract<Node, { type: 'TemplateLiteral' }>;

/** The text of a template without expressions. */
export function plainText({ quasis }: TemplateNode): string | undefined {
  const [only, ...more] = quasis;
  return more.length === 0 ? (only?.value.cooked ?? '') : undefined;
}

/** The texts of a template, in one spelling. */
export function templateTexts({ quasis }: TemplateNode): Tree[] {
  return quasis.map(({ value: { cooked }, tail }) => {
    const raw = escapeTemplate(cooked ?? '');
    return { type: 'TemplateElement', tail, value: { raw, cooked } };
  });
}

/** The texts of a template as they are written. */
export function writtenTexts({ quasis }: TemplateNode): Tree[] {
  return quasis.map(({ value, tail }) => ({ type: 'TemplateElement', tail, value }));
}

function escapeTemplate(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll('`', '\\`')
    .replaceAll('${', '\\${');
}
