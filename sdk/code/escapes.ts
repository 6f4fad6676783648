import type { Node } from 'oxc-parser';
import { isConstant } from './constants.js';
import type { Binding } from './declarations.js';
import { type Finding, findingAt } from './finding.js';
import { calledGlobal } from './freshness.js';
import { copyingMethods, isPureGlobal, mutators } from './known-globals.js';
import { type Expression, isFlat, isImmutable, literalMember } from './literals.js';
import type { Module, Project, Target } from './project.js';
import { contains, type Definition, firstUse, type Reached } from './reach.js';
import { isAssigned } from './scope.js';
import { isFunctionNode, staticName, toPlace } from './syntax.js';

/**
 * Finds code that compute does not reach and that may change a constant it captures: the hash would not match the value.
 * `modules`: all project files that are searched.
 */
export function escapeFindings(project: Project, reached: Reached, modules: readonly Module[]): Finding[] {
  const captured = reached.definitions
    .filter((one) => one !== undefined)
    .filter((one) => one !== reached.definitions[0] && !isFixed(project, reached, one));
  return modules.flatMap((module) => [
    ...patchedGlobals(module),
    ...captured.flatMap((definition) => changedIn(project, reached, module, definition)),
  ]);
}

/** Primitives and frozen data cannot be changed by any holder. */
function isFixed(project: Project, reached: Reached, definition: Definition): boolean {
  const { module, node } = definition;
  return isConstant(reached, definition) && isImmutable({ project, module, node });
}

function changedIn(project: Project, reached: Reached, module: Module, definition: Definition): Finding[] {
  const isData = isConstant(reached, definition);
  const value = { project, module: definition.module, node: definition.node };
  return usesIn(project, module, definition)
    .filter((use) => !isInReached(reached, module, use))
    .filter((use) => (isData ? mayChange(module, use, value) : changesDirectly(module, use)))
    .map((use) => {
      const name = definition.binding?.name ?? 'the default export';
      const message = `captures ${name}, which may be changed at ${toPlace(module.file, use.start)}`;
      const hint = 'freeze it where it is declared (Object.freeze), or pass it through params';
      const at = firstUse(reached, definition);
      return findingAt('E_CAPTURE', at.module, at.node, message, hint);
    });
}

/** All uses of the definition in a module: directly, through an import, or as a member of a namespace. */
function usesIn(project: Project, module: Module, definition: Definition): Node[] {
  return [...module.scopes.references].flatMap(([node, binding]) => {
    if (binding === undefined) return [];
    if (binding === definition.binding) return [node];
    return binding.kind === 'import' ? importedUse(project, module, node, binding, definition) : [];
  });
}

function importedUse(
  project: Project,
  module: Module,
  node: Node,
  binding: Binding,
  definition: Definition,
): Node[] {
  const target = project.importTarget(module, binding);
  if (isDefinition(target, definition)) return [node];
  const member = target.kind === 'namespace' ? module.scopes.parentOf(node) : undefined;
  if (target.kind !== 'namespace' || member?.type !== 'MemberExpression') return [];
  const name = staticName(member.property, member.computed);
  const exported = name === undefined ? undefined : project.exportTarget(target.module, name);
  return exported !== undefined && isDefinition(exported, definition) ? [member] : [];
}

function isDefinition(target: Target, definition: Definition): boolean {
  if (target.kind === 'binding') return target.binding === definition.binding;
  return target.kind === 'node' && target.node === definition.node;
}

/** The purity check has stricter rules for reached code. */
function isInReached(reached: Reached, module: Module, use: Node): boolean {
  return reached.definitions.some((one) => one?.module === module && contains(one.node, use));
}

/** `f.table = …`, `Object.assign(Model, …)`: the ways to change the members of a function or a class. */
function changesDirectly(module: Module, use: Node): boolean {
  let at = use;
  let parent = module.scopes.parentOf(at);
  while (parent?.type === 'MemberExpression' && parent.object === at) {
    at = parent;
    parent = module.scopes.parentOf(at);
  }
  if (at !== use && isAssigned(module, at)) return true;
  return parent?.type === 'CallExpression' && parent.arguments[0] === at && isObjectChanger(module, parent);
}

function isObjectChanger(module: Module, call: Extract<Node, { type: 'CallExpression' }>): boolean {
  const called = calledGlobal(module, call.callee) ?? '';
  return /^(?:Object\.(?:assign|define|setPrototypeOf)|Reflect\.)/.test(called);
}

/** Whether a use of a data constant could lead to its change. Reading is allowed, passing it on is not. */
function mayChange(module: Module, use: Node, value: Expression): boolean {
  const parent = module.scopes.parentOf(use);
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.object === use && memberMayChange(module, parent, value);
    case 'SpreadElement':
      return !isFlat(value);
    case 'ForOfStatement':
      return parent.right !== use || !isFlat(value);
    case 'CallExpression':
      return callMayChange(module, parent, value);
    case 'UnaryExpression':
    case 'BinaryExpression':
    case 'TemplateLiteral':
    case 'ExpressionStatement':
    case 'ExportDefaultDeclaration':
      return false;
    default:
      return !isGivenToQmtl(value.project, module, use);
  }
}

function memberMayChange(
  module: Module,
  member: Extract<Node, { type: 'MemberExpression' }>,
  value: Expression,
): boolean {
  if (isAssigned(module, member)) return true;
  const name = staticName(member.property, member.computed);
  const parent = module.scopes.parentOf(member);
  if (parent?.type === 'CallExpression' && parent.callee === member)
    return methodMayChange(name ?? '', value);
  if (name === 'length' || isFlat(value)) return false;
  const held = name === undefined ? undefined : literalMember(value, name);
  return held === undefined || (!isImmutable(held) && mayChange(module, member, held));
}

const readingMethods: ReadonlySet<string> = new Set([
  ...['at', 'includes', 'indexOf', 'lastIndexOf', 'join', 'has', 'get', 'forEach', 'reduce', 'reduceRight'],
  ...[
    'some',
    'every',
    'find',
    'findIndex',
    'findLast',
    'findLastIndex',
    'keys',
    'values',
    'entries',
    'toString',
  ],
]);

function methodMayChange(method: string, value: Expression): boolean {
  if (mutators.has(method)) return true;
  return !(readingMethods.has(method) || copyingMethods.has(method)) || !isFlat(value);
}

function callMayChange(
  module: Module,
  call: Extract<Node, { type: 'CallExpression' }>,
  value: Expression,
): boolean {
  if (isGivenToQmtl(value.project, module, call.arguments[0] ?? call)) return false;
  const called = calledGlobal(module, call.callee);
  const isPure = isPureGlobal(called?.split('.')[0] ?? '');
  if (!isPure || isObjectChanger(module, call)) return true;
  return !isFlat(value);
}

/** Arguments of the builder are copied and frozen, or are nodes. */
function isGivenToQmtl(project: Project, module: Module, use: Node): boolean {
  for (
    let at = module.scopes.parentOf(use);
    at !== undefined && !isFunctionNode(at);
    at = module.scopes.parentOf(at)
  ) {
    if (at.type !== 'CallExpression' || at.callee.type !== 'Identifier') continue;
    const binding = module.scopes.references.get(at.callee);
    const target = binding?.kind === 'import' ? project.importTarget(module, binding) : undefined;
    if (target?.kind === 'package' && target.package.name === 'qmtl') return true;
  }
  return false;
}

/** `Math.sqrt = …`, `Array.prototype.sum = …` in any project file change what compute means. */
function patchedGlobals(module: Module): Finding[] {
  const findings: Finding[] = [];
  for (const [node, binding] of module.scopes.references) {
    if (binding !== undefined || node.type !== 'Identifier' || !isPureGlobal(node.name)) continue;
    if (!changesDirectly(module, node)) continue;
    const message = `changes the global ${node.name}, which compute functions use`;
    findings.push(findingAt('E_CAPTURE', module, node, message, 'write a function of the project instead'));
  }
  return findings;
}
