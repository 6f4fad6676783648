import type { Node } from 'oxc-parser';
import type { Closure } from './closure.js';
import { type CodeDefinition, firstMention } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import { importedName } from './module-exports.js';
import { type Module, type Project, requiredPath, type Target } from './project.js';
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
    configurations(project, module).flatMap(({ node, name }) => {
      const definition = reached.get(name);
      const isOfCompute = code.some((one) => one.module === module && contains(one.node, node));
      if (definition === undefined || isOfCompute) return [];
      const at = firstMention(definitions, definition);
      const message = `uses the package ${name}, which may be changed at ${toPlace(module.file, node.start)}`;
      return [findingAt('E_CAPTURE', { ...at.module, isPackage: false }, at.node, message, configuredHint)];
    }),
  );
}

const configuredHint =
  'compute has packages as they are when they are loaded: make a configured copy in a constant, if the package has one (Decimal.clone({ … })), or pass the setting in each call';

/** Code that may change the package of that name. */
interface Configuration {
  readonly node: Node;
  readonly name: string;
}

const known = new WeakMap<Module, readonly Configuration[]>();

function configurations(project: Project, module: Module): readonly Configuration[] {
  const found = known.get(module) ?? findConfigurations(project, module);
  known.set(module, found);
  return found;
}

/** Calls whose result nobody uses, and whatever names a function that is there to configure: it may be called in any way. */
function findConfigurations(project: Project, module: Module): Configuration[] {
  const found: Configuration[] = [];
  for (const node of allNodes(module.file.program)) {
    const of = discardedCallee(node) ?? configured(module, node);
    const name = of === undefined ? undefined : packageOf(project, module, of);
    if (name === undefined || found.some((one) => contains(one.node, node))) continue;
    found.push({ node, name });
  }
  return found;
}

function discardedCallee(node: Node): Node | undefined {
  if (node.type !== 'ExpressionStatement') return undefined;
  const { expression } = node;
  const awaited = expression.type === 'AwaitExpression' ? expression.argument : expression;
  const call = awaited.type === 'ChainExpression' ? awaited.expression : awaited;
  return call.type === 'CallExpression' ? call.callee : undefined;
}

/** What is configured by a function that a node names: `name.config`, or `config` from an import or from `{ config } = name`. */
function configured({ scopes }: Module, node: Node): Node | undefined {
  if (node.type === 'MemberExpression') {
    return configuring.has(staticName(node.property, node.computed) ?? '') ? node.object : undefined;
  }
  const declaration = scopes.references.get(node)?.declaration;
  if (declaration?.type === 'VariableDeclarator' && takesConfiguring(declaration.id, node)) {
    return declaration.init ?? undefined;
  }
  return declaration !== undefined && configuring.has(importedName(declaration)) ? node : undefined;
}

/** Whether a pattern takes a function that configures, under the name of a node. */
function takesConfiguring(pattern: Node, named: Node): boolean {
  if (pattern.type !== 'ObjectPattern' || named.type !== 'Identifier') return false;
  return pattern.properties.some(
    (one) =>
      one.type === 'Property' &&
      configuring.has(staticName(one.key, one.computed) ?? '') &&
      one.value.type === 'Identifier' &&
      one.value.name === named.name,
  );
}

const configuring: ReadonlySet<string> = new Set(['config', 'configure', 'mixin', 'locale', 'setDefaults']);

/** Constants that name each other are never that many. */
const stepsMax = 32;

/** The package that the first name of `name.member.method` is imported from, also through constants. */
function packageOf(project: Project, module: Module, node: Node): string | undefined {
  let first: Node | undefined = node;
  for (let steps = 0; first !== undefined && steps < stepsMax; steps += 1) {
    first = firstOf(module, first);
    const required = requiredPath(module, first);
    if (required !== undefined) return packageIn(project.requireTarget(module, required));
    const binding = module.scopes.references.get(first);
    if (binding?.kind === 'import') return packageIn(project.bindingTarget(module, binding));
    const declared = binding?.declaration;
    first =
      declared?.type === 'VariableDeclarator' ? (pathIn(module, declared.init) ?? undefined) : undefined;
  }
  return undefined;
}

/** What a function of a package returned is not the package. */
function pathIn(module: Module, init: Node | null): Node | undefined {
  let first = init;
  while (first?.type === 'MemberExpression') first = first.object;
  const isCall = first?.type === 'CallExpression' && requiredPath(module, first) === undefined;
  return isCall ? undefined : (init ?? undefined);
}

/** The name, or the `require(…)`, that a path of members and calls begins with. */
function firstOf(module: Module, node: Node): Node {
  let first = node;
  while (first.type === 'MemberExpression' || first.type === 'CallExpression') {
    if (requiredPath(module, first) !== undefined) return first;
    first = first.type === 'MemberExpression' ? first.object : first.callee;
  }
  return first;
}

function packageIn(target: Target): string | undefined {
  return 'module' in target && target.module.isPackage ? packageName(target.module.file.path) : undefined;
}
