import type { Node } from 'oxc-parser';
import type { Module } from './project.js';
import { pathBinding } from './scope.js';
import { listChildren, staticName } from './syntax.js';
import type { TemplateNode } from './tree.js';

/** Operations on constants alone, which compilers replace by their results. */
export function isFolded(module: Module, node: Node): boolean {
  const isNegative = node.type === 'UnaryExpression' && node.argument.type === 'Literal';
  return operations.has(node.type) && !isNegative && isConstant(module, node);
}

const operations: ReadonlySet<string> = new Set([
  ...['BinaryExpression', 'UnaryExpression', 'LogicalExpression', 'TemplateLiteral'],
]);

function isConstant(module: Module, node: Node): boolean {
  if (node.type === 'Literal' || node.type === 'TemplateElement') return true;
  if (enumMember(module, node) !== undefined) return true;
  return operations.has(node.type) && listChildren(node).every((child) => isConstant(module, child));
}

type EnumMemberNode = Extract<Node, { type: 'TSEnumMember' }>;

/** The member of an enum that a node names: `A` inside of the enum, `E.A`, and `N.E.A` of a namespace. */
function enumMember(module: Module, node: Node): EnumMemberNode | undefined {
  if (node.type !== 'MemberExpression') {
    const { declaration } = module.scopes.references.get(node) ?? {};
    return declaration?.type === 'TSEnumMember' ? declaration : undefined;
  }
  const declaration = pathBinding(module, node.object)?.declaration;
  const name = staticName(node.property, node.computed);
  return declaration?.type === 'TSEnumDeclaration'
    ? declaration.body.members.findLast(({ id }) => staticName(id, false) === name)
    : undefined;
}

/** What a compiler writes for the member, as far as it can be said. `open`: members whose values are being determined. */
function valueOfMember(module: Module, member: EnumMemberNode, open: readonly Node[]): Value {
  if (open.includes(member) || open.length >= stepsMax) return undefined;
  const body = module.scopes.parentOf(member);
  const members = body?.type === 'TSEnumBody' ? body.members : [];
  const at = members.indexOf(member);
  const given = members.findLastIndex(({ initializer }, index) => index <= at && initializer !== null);
  const initializer = members[given]?.initializer ?? undefined;
  if (initializer === undefined) return at;
  const value = resultOf(module, initializer, [...open, member]);
  if (at === given) return value;
  return typeof value === 'number' ? value + at - given : undefined;
}

/** Members of enums that name each other are never that many. */
const stepsMax = 32;

/** `… + 'a' + 'b'`, which compilers write as `… + 'ab'`; `rest` is what the constants are added to. */
export function sumOfConstants(
  module: Module,
  node: Node,
):
  | { readonly parts: readonly string[]; readonly result: string | undefined; readonly rest: Node }
  | undefined {
  const added: Node[] = [];
  let rest = node;
  while (rest.type === 'BinaryExpression' && rest.operator === '+' && isConstant(module, rest.right)) {
    added.unshift(rest.right);
    rest = rest.left;
  }
  if (added.length < 2 || isConstant(module, rest)) return undefined;
  const values = added.map((one) => resultOf(module, one));
  const parts = added.flatMap((one) => constantText(one) ?? []);
  return { parts, result: values.includes(undefined) ? undefined : textOf(values.join('')), rest };
}

/** Whether the result of an operation on constants is a boolean, which compilers respell. */
export function isFoldedBoolean(module: Module, node: Node): boolean {
  return typeof resultOf(module, node) === 'boolean';
}

/** The result of an operation on constants; undefined when it cannot be said. */
export function foldedText(module: Module, node: Node): string | undefined {
  const value = resultOf(module, node);
  return typeof value === 'number' || typeof value === 'string' ? textOf(value) : undefined;
}

/** A constant by its kind and value. */
export function constantText(node: Node): string | undefined {
  if (node.type === 'TemplateElement') return textOf(node.value.cooked ?? '');
  if (node.type !== 'Literal') return undefined;
  if ('regex' in node) return `regex ${node.regex.pattern}`;
  if ('bigint' in node) return `bigint ${node.bigint}`;
  return typeof node.value === 'number' || typeof node.value === 'string' ? textOf(node.value) : undefined;
}

/** A number or a text, with its kind. */
export function textOf(value: number | string): string {
  return `${typeof value} ${value}`;
}

type Value = number | string | boolean | undefined;

function resultOf(module: Module, node: Node, open: readonly Node[] = []): Value {
  const valued = (one: Node) => resultOf(module, one, open);
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'object' || typeof node.value === 'bigint' ? undefined : node.value;
    case 'TemplateLiteral':
      return templateText(node, valued);
    case 'UnaryExpression':
      return isTypeOfVoid(node) ? 'undefined' : unary(node.operator, valued(node.argument));
    case 'BinaryExpression':
      return binary(node.operator, valued(node.left), valued(node.right));
    default: {
      const member = enumMember(module, node);
      return member === undefined ? undefined : valueOfMember(module, member, open);
    }
  }
}

function templateText(
  { quasis, expressions }: TemplateNode,
  valued: (node: Node) => Value,
): string | undefined {
  const values = expressions.map(valued);
  if (values.includes(undefined)) return undefined;
  return quasis.map(({ value }, index) => `${value.cooked ?? ''}${values[index] ?? ''}`).join('');
}

/** `typeof void 0` */
function isTypeOfVoid({ operator, argument }: Extract<Node, { type: 'UnaryExpression' }>): boolean {
  return operator === 'typeof' && argument.type === 'UnaryExpression' && argument.operator === 'void';
}

function unary(operator: string, value: Value): Value {
  if (operator === 'typeof' && value !== undefined) return typeof value;
  if (typeof value !== 'number') return undefined;
  if (operator === '-') return -value;
  return operator === '~' ? ~value : undefined;
}

function binary(operator: string, left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  if (operator === '===' || operator === '!==') return (left === right) === (operator === '===');
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) return `${left}${right}`;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  return Object.hasOwn(arithmetic, operator) ? arithmetic[operator]?.(left, right) : undefined;
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '**': (left, right) => left ** right,
  '<<': (left, right) => left << right,
  '>>': (left, right) => left >> right,
  '>>>': (left, right) => left >>> right,
  '&': (left, right) => left & right,
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
};
