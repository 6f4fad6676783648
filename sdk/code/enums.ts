import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Module } from './project.js';
import { isAssigned } from './scope.js';
import { type FunctionNode, isFunctionNode, staticName } from './syntax.js';

/** A member of an enum; without a value it follows the one before. */
export interface EnumMember {
  readonly name: string;
  readonly value: Node | null;
}

export type EnumDeclaration = Extract<Node, { type: 'TSEnumDeclaration' }>;
type Call = Extract<Node, { type: 'CallExpression' }>;

export function enumMembers({ body }: EnumDeclaration): EnumMember[] {
  return body.members.map(({ id, initializer }) => {
    const name = id.type === 'Identifier' ? id.name : staticName(id, true);
    return { name: name ?? '', value: initializer };
  });
}

/** An enum as a compiler writes it: a function that is called once and fills the object of the members. */
export interface CompiledEnum {
  readonly call: Call;
  readonly filling: FunctionNode;
  readonly members: readonly EnumMember[];
}

/**
 * `var E; (function (E) { … })(E || (E = {}));` of the TypeScript compiler, or `var E = ((E) => { …; return E; })(E || {});` of
 * others, of which some write `({})`.
 */
export function compiledEnum({ scopes }: Module, binding: Binding): CompiledEnum | undefined {
  const { declaration, scope } = binding;
  const isVariable = binding.kind === 'var' || binding.kind === 'let';
  if (!isVariable || declaration.type !== 'VariableDeclarator' || scope !== scopes.moduleScope)
    return undefined;
  const assigned = scopes.usesOf(binding).filter((use) => isAssigned({ scopes }, use));
  const call = declaration.init ?? callAround(assigned, scopes.parentOf);
  if (assigned.length !== (declaration.init === null ? 1 : 0) || call?.type !== 'CallExpression')
    return undefined;
  const name = filledBy(call);
  return name === binding.name || name === '' ? enumOfCall(call) : undefined;
}

/** The statement that calls the function, from `E = {}` in its argument. */
function callAround(
  [assigned]: readonly Node[],
  parentOf: (node: Node) => Node | undefined,
): Node | undefined {
  let call: Node | undefined = assigned;
  for (const type of ['AssignmentExpression', 'LogicalExpression', 'CallExpression']) {
    call = call === undefined ? undefined : parentOf(call);
    if (call?.type !== type) return undefined;
  }
  const statement = call === undefined ? undefined : parentOf(call);
  const isOnce = statement?.type === 'ExpressionStatement' && parentOf(statement)?.type === 'Program';
  return isOnce ? call : undefined;
}

/** The members that a call of this form makes; undefined for any other call. */
export function enumOfCall(call: Call): CompiledEnum | undefined {
  const { callee: filling } = call;
  if (filledBy(call) === undefined || !isFunctionNode(filling)) return undefined;
  const [parameter] = filling.params;
  if (parameter?.type !== 'Identifier' || filling.body?.type !== 'BlockStatement') return undefined;
  const { body } = filling.body;
  const made = body.filter((one) => !isReturned(one, parameter.name));
  // Without the assignment in its argument, the call is the enum by what it returns.
  if (made.length === body.length && !isAssigning(call)) return undefined;
  const members = made.map((statement) => memberOf(statement, parameter.name));
  const known = members.flatMap((one) => one ?? []);
  return known.length === members.length ? { call, filling, members: withoutSteps(known) } : undefined;
}

/** The name in `E || {}` and `E || (E = {})`, the only argument of the call; empty for `{}` alone. */
function filledBy({ arguments: [given, ...more] }: Call): string | undefined {
  if (given === undefined || more.length > 0) return undefined;
  if (isEmptyObject(given)) return '';
  if (given.type !== 'LogicalExpression' || given.operator !== '||') return undefined;
  const { left, right } = given;
  const isNew = isEmptyObject(right.type === 'AssignmentExpression' ? right.right : right);
  return isNew && left.type === 'Identifier' ? left.name : undefined;
}

function isAssigning({ arguments: [given] }: Call): boolean {
  return given?.type === 'LogicalExpression' && given.right.type === 'AssignmentExpression';
}

function isEmptyObject(node: Node): boolean {
  return node.type === 'ObjectExpression' && node.properties.length === 0;
}

function isReturned(statement: Node, name: string): boolean {
  return statement.type === 'ReturnStatement' && isNamed(statement.argument, name);
}

function isNamed(node: Node | null, name: string): boolean {
  return node?.type === 'Identifier' && node.name === name;
}

/** `E[E["A"] = 1] = "A"` and `E["A"] = "text"`. */
function memberOf(statement: Node, self: string): EnumMember | undefined {
  const assignment = statement.type === 'ExpressionStatement' ? statement.expression : undefined;
  const key = assignment === undefined ? undefined : keyOf(assignment, self);
  if (assignment?.type !== 'AssignmentExpression' || key === undefined) return undefined;
  const name = key.type === 'AssignmentExpression' ? keyOf(key, self) : key;
  const value = key.type === 'AssignmentExpression' ? key.right : assignment.right;
  const text = name === undefined ? undefined : staticName(name, true);
  return text === undefined ? undefined : { name: text, value };
}

/** The key of `E[key] = …`. */
function keyOf(node: Node, self: string): Node | undefined {
  if (node.type !== 'AssignmentExpression' || node.operator !== '=') return undefined;
  const { left } = node;
  if (left.type !== 'MemberExpression' || !isNamed(left.object, self)) return undefined;
  return left.computed ? left.property : undefined;
}

/** A number that follows the one before is not written in the source, usually. */
function withoutSteps(members: readonly EnumMember[]): EnumMember[] {
  let next: number | undefined = 0;
  return members.map(({ name, value }) => {
    const given = value === null ? undefined : numberOf(value);
    const isStep = given !== undefined && given === next;
    next = given === undefined ? undefined : given + 1;
    return { name, value: isStep ? null : value };
  });
}

function numberOf(node: Node): number | undefined {
  if (node.type === 'Literal') return typeof node.value === 'number' ? node.value : undefined;
  const isNegative = node.type === 'UnaryExpression' && node.operator === '-';
  const value = isNegative ? numberOf(node.argument) : undefined;
  return value === undefined ? undefined : -value;
}
