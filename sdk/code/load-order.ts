import type { Node } from 'oxc-parser';
import { isAdvancing } from './advancing-constants.js';
import { declaredBy } from './changed-constants.js';
import type { Closure } from './closure.js';
import { type Binding, namespacesAround } from './declarations.js';
import { type CodeDefinition, type Definition, firstMention, isFunctionDefinition } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import type { Module, Project } from './project.js';
import { isFunctionNode, toPlace } from './syntax.js';

/**
 * Constants that several statements advance while the program is loaded, or one that is not part of the closed module. A module
 * evaluates its constants in its own order, and without those that compute does not need, so they would have other values.
 */
export function orderFindings(
  project: Project,
  { definitions }: Closure,
  modules: readonly Module[],
): Finding[] {
  const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
  return definitions.filter(isAdvancing).flatMap((advanced) => {
    const carriers = new Set(
      code
        .filter((one) => reaches(one, advanced))
        .flatMap(({ binding }) => (binding === undefined ? [] : [binding, ...namespacesAround(binding)])),
    );
    const sites = modules.flatMap((module) => sitesIn(project, module, carriers));
    const outside = sites.find(({ module, node }) => !code.some((one) => isPartOf(one, module, node)));
    const statements = new Set(sites.map(({ statement }) => statement));
    const site = outside ?? (statements.size > 1 ? sites.at(-1) : undefined);
    if (site === undefined) return [];
    const { module, node } = firstMention(definitions, advanced);
    const name = advanced.binding?.name ?? 'a constant';
    const message = `captures ${name}, which is also advanced at ${toPlace(site.module.file, site.node.start)} while the program is loaded`;
    return [findingAt('E_CAPTURE', module, node, message, orderHint)];
  });
}

const orderHint =
  'use it in one expression only: const [a, b] = …; a closed module does not keep the order of several';

/** The constant itself, and functions that use it. */
function reaches(definition: CodeDefinition, advanced: CodeDefinition): boolean {
  if (definition === advanced) return true;
  const functions = new Set<Definition>(isFunctionDefinition(definition) ? [definition] : []);
  for (const one of functions) {
    if (one.uses.has(advanced)) return true;
    for (const used of one.uses.keys()) if (isFunctionDefinition(used)) functions.add(used);
  }
  return false;
}

interface Site {
  readonly module: Module;
  readonly node: Node;
  readonly statement: Node;
}

/** Where code outside of functions uses one of the names: calls it, takes a member of it, spreads it or passes it on. */
function sitesIn(project: Project, module: Module, names: ReadonlySet<Binding>): Site[] {
  if (module.isPackage) return [];
  return [...module.scopes.references].flatMap(([first, binding]) => {
    if (binding === undefined) return [];
    const { node, named } = pathFrom(project, module, first, declaredBy(project, module, binding));
    if (!names.has(named)) return [];
    const statement = isFunctionNode(module.scopes.activationOf(node))
      ? undefined
      : statementAround(module, node);
    return statement === undefined || !isUse(module, node) ? [] : [{ module, node, statement }];
  });
}

/** The longest path of members of namespaces that begins with a name, and the variable that it is. */
function pathFrom(
  project: Project,
  module: Module,
  first: Node,
  binding: Binding,
): { readonly node: Node; readonly named: Binding } {
  let [node, named] = [first, binding];
  for (let at = module.scopes.parentOf(node); at?.type === 'MemberExpression' && at.object === node; ) {
    const target = project.targetOf(module, at);
    if (target?.kind !== 'binding') break;
    [node, named] = [at, target.binding];
    at = module.scopes.parentOf(node);
  }
  return { node, named };
}

function isUse({ scopes }: Module, node: Node): boolean {
  const parent = scopes.parentOf(node);
  const isTakenApart = parent?.type === 'VariableDeclarator' && parent.id.type === 'ArrayPattern';
  return isTakenApart || usingTypes.has(parent?.type ?? '');
}

const usingTypes: ReadonlySet<string> = new Set([
  ...['CallExpression', 'NewExpression', 'MemberExpression', 'SpreadElement', 'ForOfStatement'],
]);

/** The declarator, or the statement of the file or of a namespace, that contains a node. */
function statementAround({ scopes }: Module, node: Node): Node | undefined {
  let at: Node | undefined = node;
  while (at !== undefined && at.type !== 'VariableDeclarator' && !isList(scopes.parentOf(at))) {
    at = scopes.parentOf(at);
  }
  return at;
}

function isList(node: Node | undefined): boolean {
  return node?.type === 'Program' || node?.type === 'TSModuleBlock';
}

function isPartOf(definition: CodeDefinition, module: Module, node: Node): boolean {
  const { start, end } = definition.node;
  return definition.module === module && start <= node.start && node.end <= end;
}
