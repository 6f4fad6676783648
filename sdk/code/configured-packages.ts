import type { Node } from 'oxc-parser';
import type { Closure } from './closure.js';
import { type CodeDefinition, firstMention } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import type { Module, Project } from './project.js';
import { packageName } from './resolve-specifier.js';
import { allNodes, contains, staticName, toPlace } from './syntax.js';

/**
 * Finds calls of packages that are made for what they change, such as the settings of the package: the closed module does not
 * contain them.
 *
 * `modules`: the files that are searched; those of packages are left out, for they configure only themselves.
 */
export function configurationFindings(
  project: Project,
  { definitions }: Closure,
  modules: readonly Module[],
): Finding[] {
  const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
  const reached = new Map<string, CodeDefinition>();
  for (const one of code) {
    const name = one.module.isPackage ? packageName(one.module.file.path) : '';
    if (name !== '' && !reached.has(name)) reached.set(name, one);
  }
  if (reached.size === 0) return [];
  const own = modules.filter(({ isPackage }) => !isPackage);
  return own.flatMap((module) =>
    [...configuringCalls(module)].flatMap((call) => {
      const name = packageOf(project, module, call.callee);
      const definition = name === undefined ? undefined : reached.get(name);
      const isOfCompute = code.some((one) => one.module === module && contains(one.node, call));
      if (definition === undefined || isOfCompute) return [];
      const at = firstMention(definitions, definition);
      const message = `uses the package ${name}, which a call at ${toPlace(module.file, call.start)} may change`;
      return [findingAt('E_CAPTURE', { ...at.module, isPackage: false }, at.node, message, configuredHint)];
    }),
  );
}

const configuredHint =
  'compute has packages as they are when they are loaded: make a configured copy in a constant, if the package has one (Decimal.clone({ … })), or pass the setting in each call';

type CallNode = Extract<Node, { type: 'CallExpression' }>;

const known = new WeakMap<Module, ReadonlySet<CallNode>>();

/** Calls that are made for what they change: nobody uses the result, or the name says so. */
function configuringCalls(module: Module): ReadonlySet<CallNode> {
  const calls = known.get(module) ?? findConfiguring(module);
  known.set(module, calls);
  return calls;
}

function findConfiguring({ file }: Module): ReadonlySet<CallNode> {
  const nodes = [...allNodes(file.program)];
  const named = nodes.flatMap((node) => (node.type === 'CallExpression' && isNamedForIt(node) ? [node] : []));
  return new Set([...nodes.flatMap(discardedCall), ...named]);
}

function discardedCall(node: Node): CallNode[] {
  if (node.type !== 'ExpressionStatement') return [];
  const { expression } = node;
  const awaited = expression.type === 'AwaitExpression' ? expression.argument : expression;
  const call = awaited.type === 'ChainExpression' ? awaited.expression : awaited;
  return call.type === 'CallExpression' ? [call] : [];
}

function isNamedForIt({ callee }: CallNode): boolean {
  const name =
    callee.type === 'MemberExpression' ? staticName(callee.property, callee.computed) : nameOf(callee);
  return configuring.has(name ?? '');
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}

const configuring: ReadonlySet<string> = new Set(['config', 'configure', 'mixin', 'locale', 'setDefaults']);

/** The package that the first name of `name.member.method` is imported from. */
function packageOf(project: Project, module: Module, callee: Node): string | undefined {
  let first = callee;
  while (first.type === 'MemberExpression' || first.type === 'CallExpression') {
    first = first.type === 'MemberExpression' ? first.object : first.callee;
  }
  const binding = first.type === 'Identifier' ? module.scopes.references.get(first) : undefined;
  if (binding?.kind !== 'import') return undefined;
  const target = project.bindingTarget(module, binding);
  return 'module' in target && target.module.isPackage ? packageName(target.module.file.path) : undefined;
}
