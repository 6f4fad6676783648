import type { Node } from 'oxc-parser';
import { argumentsAt, argumentsOf, type Call, describeCall } from './calls.js';
import type { Closure } from './closure.js';
import { type Binding, namespacesAround } from './declarations.js';
import { type CodeDefinition, type Definition, firstMention } from './definitions.js';
import { type Finding, findingAt, packageHint } from './finding.js';
import { type Code, constructorOf, globalMember } from './origins.js';
import type { Module, Project } from './project.js';
import { declaredIn, isAssigned, isMemo } from './scope.js';
import {
  allNodes,
  type ClassNode,
  contains,
  type FunctionNode,
  isFunctionNode,
  shownPath,
  staticName,
  toPlace,
} from './syntax.js';
import { parameterOf, type Root, type Source, ValueFlow } from './value-flow.js';

/** A constant that is changed: of which module, and by which one. */
export interface ChangedConstant {
  readonly finding: Finding;
  readonly of: Module;
  readonly by: Module;
}

/**
 * Finds code that visibly changes constants of modules: by whatever name, and also by a function, a method or a class of the
 * project that they are passed to. Reading a constant, and passing it on to other code, is allowed.
 */
export class Changes {
  readonly #flow: ValueFlow;
  readonly #byCode = new Map<Node, readonly Change[]>();
  readonly #byRoot = new Map<Module, ReadonlyMap<Root, readonly Change[]>>();
  readonly #changedDefinitions = new WeakMap<readonly Module[], ChangedDefinitions>();

  constructor(project: Project) {
    this.#flow = new ValueFlow(project);
  }

  /**
   * The constants of a closed module that code outside of it changes: the module would have another value than the author's
   * program. `modules`: all project files that are searched.
   */
  findingsOf({ definitions }: Closure, modules: readonly Module[]): ChangedConstant[] {
    const changed = this.#changedBy(modules);
    if (!definitions.some((one) => one.kind === 'code' && changed.has(one))) return [];
    const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
    const named = namedBy(definitions);
    return modules.flatMap((module) =>
      this.#changesOf(module, named.keys()).flatMap(({ root, node, method }) => {
        const definition = named.get(root);
        if (definition === undefined || isOwnMethod(definition, method)) return [];
        if (code.some((one) => one.module === module && contains(one.node, node))) return [];
        const message = `captures ${nameOf(definition, root)}, which is changed at ${toPlace(module.file, node.start)}`;
        const at = firstMention(definitions, definition);
        const hint = module.isPackage ? packageHint : changedHint;
        const finding = findingAt('E_CAPTURE', at.module, at.node, message, hint);
        return [{ finding, of: definition.module, by: module }];
      }),
    );
  }

  /** Which definitions some files change: many closed modules have the same definitions and files. */
  #changedBy(modules: readonly Module[]): ChangedDefinitions {
    const known = this.#changedDefinitions.get(modules);
    if (known !== undefined) return known;
    const roots = new Set(modules.flatMap((module) => [...this.#rootsChangedBy(module).keys()]));
    const changed = new ChangedDefinitions(roots);
    this.#changedDefinitions.set(modules, changed);
    return changed;
  }

  #rootsChangedBy(module: Module): ReadonlyMap<Root, readonly Change[]> {
    const byRoot =
      this.#byRoot.get(module) ?? grouped(this.#changesIn({ module, node: module.file.program }));
    this.#byRoot.set(module, byRoot);
    return byRoot;
  }

  /** The changes of a file to some roots: few of those of a file concern one module. */
  #changesOf(module: Module, roots: Iterable<Root>): readonly Change[] {
    const byRoot = this.#rootsChangedBy(module);
    return [...roots].flatMap((root) => byRoot.get(root) ?? []);
  }

  /** Everything that some code changes. */
  #changesIn({ module, node }: Code): readonly Change[] {
    const known = this.#byCode.get(node);
    if (known !== undefined) return known;
    // A function that calls itself changes nothing more by that.
    this.#byCode.set(node, []);
    const found = [...allNodes(node)].flatMap((one) => this.#changesAt(module, one));
    this.#byCode.set(node, found);
    return found;
  }

  #changesAt(module: Module, node: Node): readonly Change[] {
    switch (node.type) {
      case 'MemberExpression':
        return isAssigned(module, node) && !isMemo(module, node) ? this.#changedMember(module, node) : [];
      case 'CallExpression':
        return this.#changedByCall(module, describeCall(this.#flow.origins, module, node));
      case 'NewExpression':
        return this.#changedByNew(module, node);
      default:
        return [];
    }
  }

  /** A member of a namespace is a variable of its own. */
  #changedMember(module: Module, node: Extract<Node, { type: 'MemberExpression' }>): Change[] {
    const target = this.#flow.origins.targetOf(module, node);
    return target?.kind === 'binding'
      ? [{ root: target.binding, is: 'self', node, method: undefined }]
      : this.#changed(module, node.object, undefined);
  }

  #changed(module: Module, node: Node, method: string | undefined): Change[] {
    return this.#flow.rootsOf(module, node).map((source) => ({ ...source, node, method }));
  }

  #changedByCall(module: Module, call: Call): readonly Change[] {
    const { receiver, target } = call;
    const method = target === undefined ? call.method : undefined;
    const changesThis =
      target === undefined
        ? isMutator(method ?? '')
        : this.#changesIn(target).some(({ root }) => root === target.node);
    const own = receiver !== undefined && changesThis ? this.#changed(module, receiver, method) : [];
    const changedAt =
      target === undefined ? firstOf(globalMember(module, call.callee)) : this.#parametersChangedBy(target);
    return [...own, ...this.#changedArguments(module, call.args, changedAt)];
  }

  #changedByNew(
    module: Module,
    { callee, arguments: args }: Extract<Node, { type: 'NewExpression' }>,
  ): Change[] {
    const made = this.#flow.origins.classOf({ module, node: callee });
    const builder = made === undefined ? undefined : constructorOf(made.node);
    if (made === undefined || builder === undefined) return [];
    const built = { module: made.module, node: builder };
    const kept = this.#parametersKeptBy(made, builder);
    const changedAt = [...this.#parametersChangedBy(built), ...kept];
    return this.#changedArguments(module, argumentsOf(args), changedAt);
  }

  #changedArguments(module: Module, args: Call['args'], parameters: readonly ChangedParameter[]): Change[] {
    return parameters.flatMap(({ at, is }) =>
      argumentsAt(args, at).flatMap((one) =>
        this.#flow
          .rootsOfArguments(module, [one], is)
          .map((source) => ({ ...source, node: one.node, method: undefined })),
      ),
    );
  }

  #parametersChangedBy(called: Code<FunctionNode>): ChangedParameter[] {
    return parametersAmong(this.#changesIn(called), called.node);
  }

  /** Parameters of a constructor that are kept in fields which the class changes. */
  #parametersKeptBy(made: Code<ClassNode>, builder: FunctionNode): ChangedParameter[] {
    const changed = new Set(this.#changesIn(made).map(({ root }) => root));
    return this.#flow
      .fieldsOf(made)
      .filter(({ field }) => changed.has(this.#flow.field(made.node, field)))
      .flatMap(({ sources }) => parametersAmong(sources, builder));
  }
}

/** Whether definitions are among what is changed. */
class ChangedDefinitions {
  readonly #roots: ReadonlySet<Root>;
  readonly #known = new Map<CodeDefinition, boolean>();

  constructor(roots: ReadonlySet<Root>) {
    this.#roots = roots;
  }

  has(definition: CodeDefinition): boolean {
    const found = this.#known.get(definition) ?? rootsOf(definition).some((root) => this.#roots.has(root));
    this.#known.set(definition, found);
    return found;
  }
}

interface ChangedParameter {
  readonly at: number;
  readonly is: Source['is'];
}

/** Each once, however often it is changed: what functions change that call each other would multiply. */
function parametersAmong(sources: readonly Source[], called: FunctionNode): ChangedParameter[] {
  const found = new Map<string, ChangedParameter>();
  for (const { root, is } of sources) {
    const at = parameterOf(root, called);
    if (at !== undefined) found.set(`${at} ${is}`, { at, is });
  }
  return [...found.values()];
}

interface Change extends Source {
  /** The changed expression. */
  readonly node: Node;
  /** The method that is called, by its name; undefined for other changes. */
  readonly method: string | undefined;
}

const changedHint = 'give it its whole value where it is declared';

function namedBy(definitions: readonly Definition[]): ReadonlyMap<Root, CodeDefinition> {
  const code = definitions.flatMap((one) => (one.kind === 'code' ? [one] : []));
  return new Map(code.flatMap((one) => rootsOf(one).map((root) => [root, one] as const)));
}

function grouped(changes: readonly Change[]): ReadonlyMap<Root, readonly Change[]> {
  const byRoot = new Map<Root, Change[]>();
  for (const change of changes) {
    const known = byRoot.get(change.root);
    if (known === undefined) byRoot.set(change.root, [change]);
    else known.push(change);
  }
  return byRoot;
}

/** A change of a namespace as a whole may be one of any member. */
function rootsOf({ module, node, binding }: CodeDefinition): Root[] {
  if (binding !== undefined) return [binding, ...namespacesAround(binding)];
  if (node.type === 'Program') return [module, ...module.scopes.moduleScope.bindings.values()];
  if (node.type !== 'VariableDeclarator') return isFunctionNode(node) ? [] : [node];
  const declared = declaredIn(module, node);
  return declared.flatMap((one) => [one, ...namespacesAround(one)]);
}

function nameOf({ module }: CodeDefinition, root: Root): string {
  return 'name' in root && typeof root.name === 'string'
    ? root.name
    : `what ${shownPath(module.file.path)} exports`;
}

/** The binding itself, or the one that an import refers to. */
export function declaredBy(project: Project, module: Module, binding: Binding): Binding {
  const target = project.bindingTarget(module, binding);
  return target.kind === 'binding' ? target.binding : binding;
}

/** A method that the constant itself defines, which only looks like one of the language. */
function isOwnMethod({ node }: CodeDefinition, method: string | undefined): boolean {
  if (method === undefined || node.type !== 'ObjectExpression') return false;
  return node.properties.some(
    (one) => one.type === 'Property' && staticName(one.key, one.computed) === method,
  );
}

function isMutator(method: string): boolean {
  return (
    mutators.has(method) ||
    /^set(?:UTC)?(?:Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|Time|Year)$/.test(method)
  );
}

const mutators: ReadonlySet<string> = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear'],
]);

/** Functions of the language that change their first argument. */
function firstOf(called: string | undefined): readonly ChangedParameter[] {
  const isChanger = /^(?:Object\.(?:assign|define|setPrototypeOf)|Reflect\.(?:set|define|delete))/.test(
    called ?? '',
  );
  return isChanger ? [{ at: 0, is: 'self' }] : [];
}
