import type { Node } from 'oxc-parser';
import { aliased } from './aliases.js';
import type { Closure } from './closure.js';
import type { Binding } from './declarations.js';
import { type CodeDefinition, firstMention } from './definitions.js';
import { type Finding, findingAt, packageHint } from './finding.js';
import type { Module, Project, Target } from './project.js';
import { isAssigned } from './scope.js';
import { allNodes, contains, type FunctionNode, isFunctionNode, staticName, toPlace } from './syntax.js';

/** A constant that is changed: of which module, and by which one. */
export interface ChangedConstant {
  readonly finding: Finding;
  readonly of: Module;
  readonly by: Module;
}

/** Finds code that visibly changes constants of modules. Reading a constant, and passing it on, is allowed. */
export class Changes {
  readonly #project: Project;
  readonly #parameters = new Map<string, boolean>();
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

  /** The change that the code around a variable makes, also by a function of the project that it is passed to. */
  #changeOf(module: Module, use: Node): Pick<Change, 'method'> | undefined {
    const direct = changeOf(module, use);
    if (direct !== undefined) return direct;
    const { member } = outermostMember(module, use);
    const call = module.scopes.parentOf(member);
    if (call?.type !== 'CallExpression' || call.callee.type !== 'Identifier') return undefined;
    const given: readonly Node[] = call.arguments;
    const at = given.indexOf(member);
    const called = at === -1 || isLocal(module, use) ? undefined : this.#functionNamed(module, call.callee);
    return called !== undefined && this.#changesParameter(called, at) ? { method: undefined } : undefined;
  }

  #changesParameter(called: CalledFunction, at: number): boolean {
    const key = `${called.module.file.path}:${called.node.start}:${at}`;
    const known = this.#parameters.get(key) ?? changesParameter(called, at);
    this.#parameters.set(key, known);
    return known;
  }

  #functionNamed(module: Module, callee: Node): CalledFunction | undefined {
    const binding = module.scopes.references.get(callee);
    if (binding === undefined) return undefined;
    const target: Target =
      binding.kind === 'import'
        ? this.#project.importTarget(module, binding)
        : { kind: 'binding', module, binding };
    if (target.kind !== 'binding') return undefined;
    const { declaration } = target.binding;
    const node = declaration.type === 'VariableDeclarator' ? declaration.init : declaration;
    return node !== null && isFunctionNode(node) ? { module: target.module, node } : undefined;
  }

  #changesIn(module: Module): readonly Change[] {
    const known = this.#byModule.get(module);
    if (known !== undefined) return known;
    const found = [...module.scopes.references].flatMap(([node, binding]) => {
      const change = binding === undefined ? undefined : this.#changeOf(module, node);
      if (binding === undefined || change === undefined) return [];
      const names = namesOf(module, binding).map((one) => declaredBy(this.#project, module, one));
      return names.map((one) => ({ node, binding: one, method: change.method }));
    });
    this.#byModule.set(module, found);
    return found;
  }
}

interface CalledFunction {
  readonly module: Module;
  readonly node: FunctionNode;
}

/** Whether a function changes what it is called with: the parameter itself, or a name it has in the function. */
function changesParameter({ module, node }: CalledFunction, at: number): boolean {
  const parameter = node.params[at];
  const binding = parameter?.type === 'Identifier' ? module.scopes.declarations.get(parameter) : undefined;
  if (binding === undefined) return false;
  return [...allNodes(node)].some((use) => {
    const named = module.scopes.references.get(use);
    return (
      named !== undefined && changeOf(module, use) !== undefined && namesOf(module, named).includes(binding)
    );
  });
}

/** Whether a variable holds nothing that is declared outside of functions. */
function isLocal(module: Module, use: Node): boolean {
  const binding = module.scopes.references.get(use);
  const names = binding === undefined ? [] : namesOf(module, binding);
  return names.every(({ scope }) => scope !== module.scopes.moduleScope);
}

/** The variable, and those whose value it holds. */
function namesOf(module: Module, binding: Binding): Binding[] {
  const names = new Set<Binding>();
  for (let at: Binding | undefined = binding; at !== undefined && !names.has(at); at = aliased(module, at)) {
    names.add(at);
  }
  return [...names];
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
export function declaredBy(project: Project, module: Module, binding: Binding): Binding {
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
