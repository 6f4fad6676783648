import type { Node } from 'oxc-parser';
import type { Closure } from './closure.js';
import type { Binding } from './declarations.js';
import { type CodeDefinition, firstMention } from './definitions.js';
import { type Finding, findingAt, packageHint } from './finding.js';
import type { Module, Project, Target } from './project.js';
import { isAssigned } from './scope.js';
import { contains, staticName, toPlace } from './syntax.js';

/** A constant that is changed: of which module, and by which one. */
export interface ChangedConstant {
  readonly finding: Finding;
  readonly of: Module;
  readonly by: Module;
}

/** Finds code that visibly changes constants of modules. Reading a constant, and passing it on, is allowed. */
export class Changes {
  readonly #project: Project;
  readonly #byModule = new Map<Module, readonly Change[]>();

  constructor(project: Project) {
    this.#project = project;
  }

  /**
   * The constants of a closed module that code outside of it changes: the module would have another value than the author's
   * program. `modules`: all project files that are searched.
   */
  findingsOf({ definitions }: Closure, modules: readonly Module[]): ChangedConstant[] {
    const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
    const named = new Map(code.flatMap((one) => bindingsOf(one).map((binding) => [binding, one] as const)));
    return modules.flatMap((module) =>
      this.#changesIn(module).flatMap(({ binding, node, method }) => {
        const definition = named.get(binding);
        if (definition === undefined || isOwnMethod(definition, method)) return [];
        if (code.some((one) => one.module === module && contains(one.node, node))) return [];
        const message = `captures ${binding.name}, which is changed at ${toPlace(module.file, node.start)}`;
        const at = firstMention(definitions, definition);
        const hint = module.isPackage ? packageHint : changedHint;
        const finding = findingAt('E_CAPTURE', at.module, at.node, message, hint);
        return [{ finding, of: definition.module, by: module }];
      }),
    );
  }

  #changesIn(module: Module): readonly Change[] {
    const known = this.#byModule.get(module);
    if (known !== undefined) return known;
    const found = [...module.scopes.references].flatMap(([node, binding]) => {
      const change = binding === undefined ? undefined : changeOf(module, node);
      if (binding === undefined || change === undefined) return [];
      return [{ node, binding: declaredBy(this.#project, module, binding), method: change.method }];
    });
    this.#byModule.set(module, found);
    return found;
  }
}

interface Change {
  readonly node: Node;
  /** What is changed, by its declaration. */
  readonly binding: Binding;
  /** The method that is called, by its name; undefined for other changes. */
  readonly method: string | undefined;
}

const changedHint = 'give it its whole value where it is declared';

function bindingsOf({ module, node, binding }: CodeDefinition): Binding[] {
  if (binding !== undefined) return [binding];
  if (node.type === 'Program') return [...module.scopes.moduleScope.bindings.values()];
  if (node.type !== 'VariableDeclarator') return [];
  return [...module.scopes.moduleScope.bindings.values()].filter(({ declaration }) => declaration === node);
}

/** The binding itself, or the one that an import refers to. */
function declaredBy(project: Project, module: Module, binding: Binding): Binding {
  if (binding.kind !== 'import') return binding;
  const target: Target = project.importTarget(module, binding);
  return target.kind === 'binding' ? target.binding : binding;
}

/** `x.a.b = …`, `delete x.a`, `x.a.push(…)`, `Object.assign(x, …)`. */
function changeOf(module: Module, use: Node): { readonly method: string | undefined } | undefined {
  const { member, method } = outermostMember(module, use);
  if (member !== use && isAssigned(module, member)) return { method: undefined };
  const call = module.scopes.parentOf(member);
  if (call?.type !== 'CallExpression') return undefined;
  if (call.callee === member) return method !== undefined && mutators.has(method) ? { method } : undefined;
  const isChanged = call.arguments[0] === member && isObjectChanger(module, call.callee);
  return isChanged ? { method: undefined } : undefined;
}

/** `x.a.b` around `x`, and its last name. */
function outermostMember({ scopes }: Module, use: Node): { readonly member: Node; readonly method?: string } {
  let member = use;
  let method: string | undefined;
  let parent = scopes.parentOf(member);
  while (parent?.type === 'MemberExpression' && parent.object === member) {
    method = staticName(parent.property, parent.computed);
    member = parent;
    parent = scopes.parentOf(member);
  }
  return { member, ...(method === undefined ? {} : { method }) };
}

/** A method that the constant itself defines, which only looks like one of the language. */
function isOwnMethod({ node }: CodeDefinition, method: string | undefined): boolean {
  if (method === undefined || node.type !== 'ObjectExpression') return false;
  return node.properties.some(
    (one) => one.type === 'Property' && staticName(one.key, one.computed) === method,
  );
}

const mutators: ReadonlySet<string> = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear'],
]);

function isObjectChanger(module: Module, callee: Node): boolean {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  if (module.scopes.references.get(callee.object) !== undefined) return false;
  const called = `${callee.object.name}.${staticName(callee.property, callee.computed) ?? ''}`;
  return /^(?:Object\.(?:assign|define|setPrototypeOf)|Reflect\.(?:set|define|delete))/.test(called);
}
