import type { Node } from 'oxc-parser';
import { asyncFindings, isUncalledAsync } from './async-functions.js';
import { bindingFault, definingNode, mayUseThis } from './binding-values.js';
import type { Binding } from './declarations.js';
import {
  type CodeDefinition,
  type Definition,
  firstMention,
  isFunctionDefinition,
  type JsonDefinition,
  type Mention,
  type NamespaceDefinition,
  type Use,
} from './definitions.js';
import { enumOfCall } from './enums.js';
import { type Finding, findingAt } from './finding.js';
import { keepsState } from './kept-state.js';
import { type Module, type Project, requiredPath, type Target } from './project.js';
import { refusals } from './refusals.js';
import { contains, type FunctionNode, listChildren, staticName } from './syntax.js';

/** All code and data that a compute function reaches, each definition once. */
export interface Closure {
  /** The compute function. */
  readonly root: CodeDefinition;
  /** With the root, in order of first mention. */
  readonly definitions: readonly Definition[];
  readonly findings: readonly Finding[];
  /** Files of packages that have to be definitions as a whole. */
  readonly wholeFiles: ReadonlySet<Module>;
}

/** Follows every name from functions to its definition, through imports, re-exports, packages and JSON files; each once. */
export class Definitions {
  readonly #known = new Map<string, Definition>();
  readonly #followed = new Set<Definition>();
  readonly #project: Project;
  readonly #whole: ReadonlySet<Module>;

  /** `whole`: ES modules of packages that are one definition each. */
  constructor(project: Project, whole: ReadonlySet<Module> = new Set()) {
    this.#project = project;
    this.#whole = whole;
  }

  /** Everything that a function of a module reaches. */
  closureOf(module: Module, node: FunctionNode): Closure {
    const root = this.#code(module, node, undefined);
    const named =
      node.type === 'FunctionDeclaration' && node.id !== null
        ? module.scopes.declarations.get(node.id)
        : undefined;
    if (named !== undefined) this.#addMembers(root, module, named);
    // A set is iterated in order of insertion, and sees what is inserted meanwhile.
    const reached = new Set<Definition>([root]);
    for (const definition of reached) {
      this.#follow(definition);
      for (const used of definition.uses.keys()) reached.add(used);
    }
    const definitions = [...reached];
    const wholeFiles = new Set(
      definitions.flatMap((one) => (one.kind === 'code' ? [...one.wholeFiles] : [])),
    );
    const own = definitions.flatMap((one) => findingsOf(one, definitions));
    const findings = [...own, ...asyncFindings(definitions)];
    return { root, definitions, findings, wholeFiles };
  }

  #follow(definition: Definition): void {
    if (definition.kind !== 'code' || this.#followed.has(definition)) return;
    this.#followed.add(definition);
    noteRefusals(definition);
    const waiting: Node[] = [definition.node];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.type === 'MemberExpression' && this.#nameMember(definition, node)) continue;
      if (this.#nameRequired(definition, node)) continue;
      if (node.type === 'Identifier') this.#nameIdentifier(definition, node);
      waiting.push(...followedChildren(definition, node).reverse());
    }
  }

  #nameIdentifier(from: CodeDefinition, node: Extract<Node, { type: 'Identifier' }>): void {
    const binding = from.module.scopes.references.get(node);
    const isImport = binding?.kind === 'import' && from.node.type === 'Program';
    if (binding === undefined || (!isImport && contains(from.node, binding.scope.node))) return;
    if (binding.scope.isOfModule) {
      this.#name(from, node, node.name, this.#project.bindingTarget(from.module, binding));
    } else refuseCaptured(from, node, binding);
  }

  /** `ns.name` is the export of the module, or of the namespace, with that name. Returns whether the member is one. */
  #nameMember(from: CodeDefinition, node: MemberNode): boolean {
    const name = staticName(node.property, node.computed);
    const whole = name === undefined ? undefined : this.#namespaceOf(from, node.object);
    const target =
      name === undefined || whole === undefined ? undefined : this.#project.memberTarget(whole, name);
    // A name that the module does not export is `undefined`, as it is on the namespace object.
    if (target === undefined || (isCalled(from.module, node) && mayUseThis(target))) return false;
    this.#name(from, node, textOfPath(node), target);
    return true;
  }

  /** What a name of a module or of a namespace refers to, also of a namespace in another. */
  #namespaceOf(from: CodeDefinition, node: Node): Target | undefined {
    if (node.type === 'MemberExpression') {
      const target = this.#project.targetOf(from.module, node);
      return target?.kind === 'binding' && this.#namespaceOf(from, node.object) !== undefined
        ? target
        : undefined;
    }
    const binding = node.type === 'Identifier' ? from.module.scopes.references.get(node) : undefined;
    if (binding === undefined || !binding.scope.isOfModule) return undefined;
    if (binding.kind !== 'import' && contains(from.node, binding.scope.node)) return undefined;
    return this.#project.bindingTarget(from.module, binding);
  }

  /** `require('path')` in a CommonJS file. Returns whether the node is one. */
  #nameRequired(from: CodeDefinition, node: Node): boolean {
    const specifier = requiredPath(from.module, node);
    if (specifier === undefined) return false;
    this.#name(from, node, `require('${specifier}')`, this.#project.requireTarget(from.module, specifier));
    return true;
  }

  #name(from: CodeDefinition, node: Node, name: string, target: Target): void {
    const at = { module: from.module, node };
    const use = this.#use(from, at, name, target);
    if (use === undefined) return;
    from.names.set(node, use);
    note(from, use, at);
  }

  /** Undefined when the target is refused, which is noted as a finding of `from`. */
  #use(from: Definition, at: Mention, name: string, target: Target): Use | undefined {
    switch (target.kind) {
      case 'binding':
        return this.#useBinding(from, at, target.module, target.binding);
      case 'node':
        return this.#whole.has(target.module)
          ? { definition: this.#wholeFile(target.module), name: 'default' }
          : { definition: this.#code(target.module, target.node, undefined), name: undefined };
      case 'json':
        return { definition: this.#json(target), name: target.name };
      case 'namespace':
        return { definition: this.#namespace(target.module, at), name: undefined };
      case 'commonjs':
        return target.isNamespace === true
          ? { definition: this.#exportsNamespace(target.module, at), name: undefined }
          : { definition: this.#wholeFile(target.module), name: target.name };
      case 'builtin': {
        const message = `uses ${name} of the module ${target.name}`;
        from.findings.push(findingAt('E_IMPURE_COMPUTE', at.module, at.node, message, builtinHint));
        return undefined;
      }
      case 'qmtl':
        return noteQmtl(from, at, name);
      default:
        return refuse(from, at, `uses ${name}, but ${target.reason}`, target.hint);
    }
  }

  #useBinding(from: Definition, at: Mention, module: Module, binding: Binding): Use | undefined {
    if (this.#whole.has(module)) return { definition: this.#wholeFile(module), name: binding.name };
    const fault = bindingFault(module, binding);
    if (fault !== undefined && from.kind === 'code' && isDivisible(module)) from.wholeFiles.add(module);
    if (fault !== undefined) return refuse(from, at, `captures ${binding.name}, ${fault.reason}`, fault.hint);
    if (binding.kind === 'namespace') {
      return { definition: this.#declaredNamespace(module, binding), name: undefined };
    }
    const node = definingNode(module, binding);
    const isPattern = node.type === 'VariableDeclarator';
    return {
      definition: this.#code(module, node, isPattern ? undefined : binding),
      name: isPattern ? binding.name : undefined,
    };
  }

  #wholeFile(module: Module): CodeDefinition {
    return this.#code(module, module.file.program, undefined);
  }

  #code(module: Module, node: Node, binding: Binding | undefined): CodeDefinition {
    const key = `${module.file.path}:${node.start}:${node.type}`;
    const known = this.#known.get(key);
    if (known?.kind === 'code') return known;
    const definition: CodeDefinition = {
      kind: 'code',
      module,
      node,
      binding,
      names: new Map(),
      members: new Map(),
      uses: new Map(),
      findings: [],
      mayKeepState: keepsState(module, node),
      isNode: false,
      wholeFiles: new Set(),
    };
    this.#known.set(key, definition);
    if (binding !== undefined) this.#addMembers(definition, module, binding);
    return definition;
  }

  /** What namespaces of its name export. */
  #addMembers(definition: CodeDefinition | NamespaceDefinition, module: Module, { members }: Binding): void {
    for (const [name, member] of members ?? []) {
      if (isNeverSet(member)) continue;
      const at = { module, node: member.declaration };
      const use = this.#use(definition, at, name, this.#project.bindingTarget(module, member));
      if (use === undefined) continue;
      definition.members.set(name, use);
      note(definition, use, at);
    }
  }

  #declaredNamespace(module: Module, binding: Binding): NamespaceDefinition {
    const key = `${module.file.path}:${binding.declaration.start}:${binding.name}`;
    const known = this.#known.get(key);
    if (known?.kind === 'namespace') return known;
    const definition = emptyNamespace(undefined, { module, binding });
    this.#known.set(key, definition);
    this.#addMembers(definition, module, binding);
    return definition;
  }

  #json({ path, text, value }: Extract<Target, { kind: 'json' }>): JsonDefinition {
    const known = this.#known.get(path);
    if (known?.kind === 'json') return known;
    const definition: JsonDefinition = { kind: 'json', path, text, value, uses: new Map(), findings: [] };
    this.#known.set(path, definition);
    return definition;
  }

  #exportsNamespace(module: Module, at: Mention): NamespaceDefinition {
    const key = `* ${module.file.path}`;
    const known = this.#known.get(key);
    if (known?.kind === 'namespace') return known;
    const use = { definition: this.#wholeFile(module), name: undefined };
    const definition = emptyNamespace(use);
    this.#known.set(key, definition);
    note(definition, use, at);
    return definition;
  }

  /** Entered before its members: modules may import each other as a whole. */
  #namespace(module: Module, at: Mention): NamespaceDefinition {
    const key = `* ${module.file.path}`;
    const known = this.#known.get(key);
    if (known?.kind === 'namespace') return known;
    const definition = emptyNamespace(undefined);
    this.#known.set(key, definition);
    for (const name of this.#project.exportNames(module)) {
      const target = this.#project.exportTarget(module, name);
      const use = target === undefined ? undefined : this.#use(definition, at, name, target);
      if (use === undefined) continue;
      definition.members.set(name, use);
      note(definition, use, at);
    }
    return definition;
  }
}

/** Compilers write nothing for `export let name: number | undefined`: its namespace does not have the key. */
function isNeverSet({ declaration }: Binding): boolean {
  return declaration.type === 'VariableDeclarator' && declaration.init === null;
}

/** Whether a node is called as a method of what it is a member of. */
function isCalled({ scopes }: Module, node: Node): boolean {
  const parent = scopes.parentOf(node);
  return (
    (parent?.type === 'CallExpression' && parent.callee === node) ||
    (parent?.type === 'TaggedTemplateExpression' && parent.tag === node)
  );
}

type MemberNode = Extract<Node, { type: 'MemberExpression' }>;

/** `a.b.c` as it is written. */
function textOfPath(node: Node): string {
  if (node.type !== 'MemberExpression') return node.type === 'Identifier' ? node.name : '';
  return `${textOfPath(node.object)}.${staticName(node.property, node.computed)}`;
}

function noteRefusals(definition: CodeDefinition): void {
  const { findings, wholeFiles, module } = definition;
  for (const { finding, isChange } of refusals(definition)) {
    findings.push(finding);
    if (isChange && isDivisible(module)) wholeFiles.add(module);
  }
}

function emptyNamespace(
  exports: Use | undefined,
  declared?: NamespaceDefinition['declared'],
): NamespaceDefinition {
  return { kind: 'namespace', members: new Map(), exports, declared, uses: new Map(), findings: [] };
}

/** Whether the definitions of a file are printed one by one, and may be printed as a whole instead. */
export function isDivisible({ isPackage, file }: Module): boolean {
  return isPackage && file.hasModuleSyntax;
}

/** The faults of a definition; a node is reported where it is first named. */
function findingsOf(definition: Definition, all: readonly Definition[]): readonly Finding[] {
  if (definition.kind !== 'code' || !definition.isNode) return definition.findings;
  const name = definition.binding?.name ?? 'a node';
  const { module, node } = firstMention(all, definition);
  const hint = `add it to the inputs of the node: inputs: { ${name} }, then read view.${name}`;
  const message = `captures ${name}, which was created by qmtl`;
  return [...definition.findings, findingAt('E_CAPTURE', module, node, message, hint)];
}

/** A constant that this library creates is a node; elsewhere its functions have no use. */
function noteQmtl(from: Definition, at: Mention, name: string): undefined {
  const isConstant = from.kind === 'code' && from.binding !== undefined && !isFunctionDefinition(from);
  if (isConstant) from.isNode = true;
  else refuse(from, at, `uses ${name} of qmtl`, qmtlHint);
}

function refuseCaptured(from: CodeDefinition, node: Node, { name, scope }: Binding): void {
  const where =
    scope.activation.type === 'Program' ? 'a variable of a block' : 'a variable of an enclosing function';
  const params = `pass it through params: params: { ${name} }, then read view.params.${name}`;
  const factory = returningFunction(from.module, from.node);
  const hint =
    factory === undefined
      ? params
      : `${params}; or write const f = ${factory}(…), then compute: (view) => f(view)`;
  refuse(from, { module: from.module, node }, `captures ${name}, ${where}`, hint);
}

/** What a function is called that returns another one. */
function returningFunction({ scopes }: Module, returned: Node): string | undefined {
  const parent = scopes.parentOf(returned);
  if (parent?.type !== 'ReturnStatement' && parent?.type !== 'ArrowFunctionExpression') return undefined;
  const returning = scopes.activationOf(returned);
  const holder = scopes.parentOf(returning);
  const id = holder?.type === 'VariableDeclarator' ? holder.id : 'id' in returning ? returning.id : null;
  return id?.type === 'Identifier' ? id.name : undefined;
}

function refuse(from: Definition, { module, node }: Mention, message: string, hint: string): undefined {
  from.findings.push(findingAt('E_CAPTURE', module, node, message, hint));
}

function note(from: Definition, use: Use, at: Mention): void {
  if (!from.uses.has(use.definition)) from.uses.set(use.definition, at);
}

const qmtlHint = 'compute reads only its view, constants and functions of the project';
const builtinHint =
  'compute reads only its view: load the data in a source, or pass constants through params';

/** The object that an enum is called with is its own. */
function followedChildren(definition: CodeDefinition, node: Node): Node[] {
  if (isUncalledAsync(definition, node)) return [];
  const isEnum = node === definition.node && node.type === 'CallExpression' && enumOfCall(node) !== undefined;
  return isEnum ? [node.callee] : listChildren(node);
}
