import type { Node } from 'oxc-parser';
import { canonicalCode } from './canonical-code.js';
import type { Binding } from './declarations.js';
import { type Finding, findingAt } from './finding.js';
import type { Module, Project, Target } from './project.js';
import { isAssigned } from './scope.js';
import { type FunctionNode, staticName } from './syntax.js';

/** A piece of project code that a compute function uses. */
export interface Definition {
  readonly project: Project;
  readonly module: Module;
  /** The code to hash and check: a function, a class, an enum, the initialiser or the declarator of a constant. */
  readonly node: Node;
  /** Its name in its module; undefined for the compute function and for unnamed default exports. */
  readonly binding: Binding | undefined;
  /** The entries it names, each with the place of the first mention. */
  readonly uses: Map<number, Node>;
}

/** All code that a compute function reaches. Entry 0 is the function itself. */
export interface Reached {
  /** By number; undefined for entries that are not project code (packages, JSON). */
  readonly definitions: readonly (Definition | undefined)[];
  /** Names of packages, by the number of the entry. */
  readonly packages: ReadonlyMap<number, string>;
  /** Canonical text of every entry, in order of first mention. */
  readonly texts: readonly string[];
  readonly findings: readonly Finding[];
}

/** Follows every name from a function to its definition, through imports and re-exports. */
export function reach(project: Project, module: Module, root: FunctionNode): Reached {
  const reaching = new Reaching(project);
  reaching.start(module, root);
  return reaching;
}

class Reaching implements Reached {
  readonly definitions: (Definition | undefined)[] = [];
  readonly packages = new Map<number, string>();
  readonly texts: string[] = [];
  readonly findings: Finding[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  start(module: Module, root: FunctionNode): void {
    this.#add('root', module, root, undefined);
    for (let number = 0; number < this.definitions.length; number += 1) {
      const definition = this.definitions[number];
      if (definition === undefined) continue;
      const body = canonicalCode(definition.node, (node) => this.#nameText(node, definition));
      // One declarator of a pattern defines several names.
      const which = definition.node.type === 'VariableDeclarator' ? `${definition.binding?.name}=` : '';
      this.texts[number] = `${which}${body}`;
    }
  }

  #nameText(node: Node, from: Definition): string | undefined {
    if (node.type === 'MemberExpression') return this.#namespaceMember(node, from);
    const { references } = from.module.scopes;
    if (node.type !== 'Identifier' || !references.has(node)) return undefined;
    const binding = references.get(node);
    if (binding === undefined) return JSON.stringify({ global: node.name });
    if (contains(from.node, binding.scope.node)) return JSON.stringify({ local: node.name });
    if (binding.scope !== from.module.scopes.moduleScope) return this.#captured(node, binding, from);
    const target = this.#targetOf(from.module, binding);
    return JSON.stringify({ definition: this.#number(target, node, node.name, from) });
  }

  /** `ns.name` refers to the export of the module with that name. */
  #namespaceMember(node: Extract<Node, { type: 'MemberExpression' }>, from: Definition): string | undefined {
    const { object } = node;
    const binding = from.module.scopes.references.get(object);
    if (object.type !== 'Identifier' || binding?.kind !== 'import') return undefined;
    const namespace = this.#project.importTarget(from.module, binding);
    const name = staticName(node.property, node.computed);
    if (namespace.kind !== 'namespace' || name === undefined) return undefined;
    const target = this.#project.exportTarget(namespace.module, name) ?? {
      kind: 'unresolved',
      reason: `the module does not export ${name}`,
      hint: 'export it, or use another name',
    };
    return JSON.stringify({ definition: this.#number(target, node, `${object.name}.${name}`, from) });
  }

  #targetOf(module: Module, binding: Binding): Target {
    return binding.kind === 'import'
      ? this.#project.importTarget(module, binding)
      : { kind: 'binding', module, binding };
  }

  /** The number of the definition of a name; a new one at its first mention. */
  #number(target: Target, at: Node, name: string, from: Definition): number {
    const number = this.#entry(target, at, name, from);
    if (!from.uses.has(number)) from.uses.set(number, at);
    return number;
  }

  #entry(target: Target, at: Node, name: string, from: Definition): number {
    switch (target.kind) {
      case 'binding':
        return this.#addBinding(target.module, target.binding, at, from);
      case 'node':
        return this.#add(
          `${target.module.file.path}:${target.node.start}`,
          target.module,
          target.node,
          undefined,
        );
      case 'json':
        return this.#addText(JSON.stringify(['json', target.name, JSON.parse(target.text)]));
      case 'package':
        return this.#addPackage(target);
      default:
        return this.#refuseTarget(target, at, name, from);
    }
  }

  #addPackage(target: Extract<Target, { kind: 'package' }>): number {
    const number = this.#addText(
      JSON.stringify(['package', target.specifier, target.name, target.package.closure]),
    );
    this.packages.set(number, target.package.name);
    return number;
  }

  #refuseTarget(
    target: Extract<Target, { kind: 'builtin' | 'namespace' | 'unresolved' }>,
    at: Node,
    name: string,
    from: Definition,
  ): number {
    if (target.kind === 'builtin') {
      const message = `uses ${name} of the module ${target.name}`;
      return this.#refuse('E_IMPURE_COMPUTE', from, at, message, builtinHint);
    }
    if (target.kind === 'namespace') {
      const hint = `name the export: ${name}.export`;
      return this.#refuse('E_CAPTURE', from, at, `uses the whole module ${name}`, hint);
    }
    return this.#refuse('E_CAPTURE', from, at, `uses ${name}, but ${target.reason}`, target.hint);
  }

  #addBinding(module: Module, binding: Binding, at: Node, from: Definition): number {
    const fault = bindingFault(module, binding);
    if (fault !== undefined) {
      return this.#refuse('E_CAPTURE', from, at, `captures ${binding.name}, ${fault.reason}`, fault.hint);
    }
    const key = `${module.file.path}:${binding.declaration.start}:${binding.name}`;
    return this.#add(key, module, definingNode(binding), binding);
  }

  #captured(node: Node, binding: Binding, from: Definition): string {
    const { name } = binding;
    const where =
      binding.scope.activation.type === 'Program'
        ? 'a variable of a block'
        : 'a variable of an enclosing function';
    const hint = `pass it through params: params: { ${name} }, then read view.params.${name}`;
    return JSON.stringify({
      refused: this.#refuse('E_CAPTURE', from, node, `captures ${name}, ${where}`, hint),
    });
  }

  #add(key: string, module: Module, node: Node, binding: Binding | undefined): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const definition = { project: this.#project, module, node, binding, uses: new Map<number, Node>() };
    const number = this.definitions.push(definition) - 1;
    this.texts.push('');
    this.#numbers.set(key, number);
    return number;
  }

  #addText(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.definitions.push(undefined) - 1;
    this.texts.push(text);
    this.#numbers.set(text, number);
    return number;
  }

  #refuse(code: Finding['code'], from: Definition, at: Node, message: string, hint: string): number {
    this.findings.push(findingAt(code, from.module, at, message, hint));
    return this.#addText('"refused"');
  }
}

const builtinHint =
  'compute reads only its view: load the data in a source, or pass constants through params';

/** The first place that names an entry; the definition itself when none does. */
export function firstUse(reached: Reached, definition: Definition): { module: Module; node: Node } {
  const number = reached.definitions.indexOf(definition);
  for (const one of reached.definitions) {
    const node = one?.uses.get(number);
    if (one !== undefined && node !== undefined) return { module: one.module, node };
  }
  return definition;
}

/** Whether `inner` is inside `outer`; both are in the same file. */
export function contains(outer: Node, inner: Node): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function definingNode(binding: Binding): Node {
  const { declaration } = binding;
  if (declaration.type !== 'VariableDeclarator') return declaration;
  return declaration.id.type === 'Identifier' && declaration.init !== null ? declaration.init : declaration;
}

/** The reason why a module variable has no fixed value to hash; undefined when it has one. */
function bindingFault(module: Module, binding: Binding): { reason: string; hint: string } | undefined {
  switch (binding.kind) {
    case 'const':
      return undefined;
    case 'let':
    case 'var':
      return { reason: `a ${binding.kind} variable, which can change`, hint: 'declare it with const' };
    case 'function':
    case 'class':
    case 'enum':
      return isReassigned(module, binding)
        ? {
            reason: `a ${binding.kind} that is assigned again`,
            hint: 'use another name for the other value',
          }
        : undefined;
    default:
      return {
        reason: 'declared in a way that cannot be hashed',
        hint: 'use a const, a function or a class instead of namespace, import = or merged declarations',
      };
  }
}

function isReassigned(module: Module, binding: Binding): boolean {
  return module.scopes.usesOf(binding).some((use) => isAssigned(module, use));
}
