import type { AccessorProperty, MethodDefinition, Node, PropertyDefinition } from 'oxc-parser';
import {
  type Binding,
  declare,
  declareStatements,
  declareVars,
  namespaceScope,
  openScope,
  patternNames,
  type Scope,
} from './declarations.js';
import { isLong, partsOf } from './long-expressions.js';
import {
  allNodes,
  type ClassNode,
  type FunctionNode,
  isFunctionNode,
  listChildren,
  staticName,
} from './syntax.js';

/** The declaration that each name in a module refers to. */
export interface ModuleScopes {
  readonly moduleScope: Scope;
  /** All identifiers that refer to a variable; undefined = a global. Declarations, keys and labels are not included. */
  readonly references: ReadonlyMap<Node, Binding | undefined>;
  /** The identifiers that declare a name: in patterns, and as the names of functions and classes. */
  readonly declarations: ReadonlyMap<Node, Binding>;
  readonly usesOf: (binding: Binding) => readonly Node[];
  readonly parentOf: (node: Node) => Node | undefined;
  /** The innermost function around a node, or the program. */
  readonly activationOf: (node: Node) => Node;
}

/** Resolves names as the engine does in an ES module (strict mode: function declarations are block scoped). */
export function resolveScopes(program: Node): ModuleScopes {
  const resolver = new Resolver(program);
  const uses = new Map<Binding, Node[]>();
  for (const [node, binding] of resolver.references) {
    if (binding === undefined) continue;
    const known = uses.get(binding);
    if (known === undefined) uses.set(binding, [node]);
    else known.push(node);
  }
  const parents = new Map<Node, Node>();
  noteParents(program, parents);
  return {
    moduleScope: resolver.moduleScope,
    references: resolver.references,
    declarations: resolver.declarations,
    usesOf: (binding) => uses.get(binding) ?? [],
    parentOf: (node) => parents.get(node),
    activationOf: (node) => {
      let around = parents.get(node);
      while (around !== undefined && !isFunctionNode(around)) around = parents.get(around);
      return around ?? program;
    },
  };
}

function noteParents(program: Node, parents: Map<Node, Node>): void {
  const waiting: Node[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const child of listChildren(node)) {
      parents.set(child, node);
      waiting.push(child);
    }
  }
}

class Resolver {
  readonly references = new Map<Node, Binding | undefined>();
  readonly declarations = new Map<Node, Binding>();
  readonly moduleScope: Scope;

  constructor(program: Node) {
    this.moduleScope = openScope(undefined, program, program);
    declareStatements(listChildren(program), this.moduleScope);
    declareVars(program, this.moduleScope);
    this.#visitChildren(program, this.moduleScope);
  }

  #visitChildren(node: Node, scope: Scope): void {
    for (const child of listChildren(node)) this.#visit(child, scope);
  }

  #visit(node: Node, scope: Scope): void {
    if (isFunctionNode(node)) this.#visitFunction(node, scope);
    else if (node.type === 'Identifier') this.references.set(node, lookUp(node.name, scope));
    else if (isLong(node)) this.#visitAll(partsOf(node), scope);
    else if (isScope(node)) this.#visitScope(node, scope);
    else this.#visitOther(node, scope);
  }

  #visitScope(node: ScopeNode, scope: Scope): void {
    switch (node.type) {
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#visitClass(node, scope);
        break;
      case 'CatchClause':
        this.#visitCatch(node, scope);
        break;
      case 'TSEnumDeclaration':
        this.#visitEnum(node, scope);
        break;
      case 'SwitchStatement':
        this.#visitSwitch(node, scope);
        break;
      case 'TSModuleDeclaration':
        if (node.body?.type === 'TSModuleBlock')
          this.#visitChildren(node.body, namespaceScope(node) ?? scope);
        break;
      default:
        this.#visitBlock(node, scope);
    }
  }

  /** Nodes with identifiers that are not variables: keys, labels, names of other modules. */
  #visitOther(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'VariableDeclarator':
        this.#visitPattern(node.id, scope);
        this.#visitAll([node.init], scope);
        break;
      case 'MemberExpression':
        this.#visitAll([node.object, node.computed ? node.property : null], scope);
        break;
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
      case 'AccessorProperty':
        this.#visitAll([node.computed ? node.key : null, node.value], scope);
        break;
      case 'ExportNamedDeclaration':
        this.#visitAll([node.declaration], scope);
        break;
      case 'LabeledStatement':
        this.#visit(node.body, scope);
        break;
      case 'TSImportEqualsDeclaration':
        this.#visit(firstOfPath(node.moduleReference), scope);
        break;
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        break;
      default:
        this.#visitChildren(node, scope);
    }
  }

  #visitAll(nodes: readonly (Node | null)[], scope: Scope): void {
    for (const node of nodes) if (node !== null) this.#visit(node, scope);
  }

  #visitBlock(node: Node, scope: Scope): void {
    const activation = node.type === 'StaticBlock' ? node : scope.activation;
    const inner = openScope(scope, node, activation);
    declareStatements(listChildren(node), inner);
    if (node.type === 'StaticBlock') declareVars(node, inner);
    this.#visitChildren(node, inner);
  }

  #visitSwitch(node: Extract<Node, { type: 'SwitchStatement' }>, scope: Scope): void {
    this.#visit(node.discriminant, scope);
    const inner = openScope(scope, node, scope.activation);
    for (const one of node.cases) declareStatements(one.consequent, inner);
    for (const one of node.cases) this.#visitChildren(one, inner);
  }

  #visitFunction(node: FunctionNode, scope: Scope): void {
    const around = openScope(scope, node, node);
    if (node.type === 'FunctionExpression' && node.id !== null) {
      declare(around, node.id.name, 'function', node);
    }
    if (node.type !== 'ArrowFunctionExpression') this.#noteDeclared(node.id, around);
    const head = openScope(around, node, node);
    for (const parameter of node.params) {
      for (const name of patternNames(parameter)) declare(head, name, 'parameter', node);
    }
    for (const parameter of node.params) this.#visitPattern(parameter, head);
    if (node.body === null) return;
    if (node.body.type !== 'BlockStatement') {
      this.#visit(node.body, head);
      return;
    }
    const body = openScope(head, node.body, node);
    declareStatements(node.body.body, body);
    declareVars(node.body, body);
    this.#visitChildren(node.body, body);
  }

  #visitClass(node: ClassNode, scope: Scope): void {
    const inner = openScope(scope, node, scope.activation);
    if (node.type === 'ClassExpression' && node.id !== null) declare(inner, node.id.name, 'class', node);
    this.#noteDeclared(node.id, inner);
    if (node.superClass !== null) this.#visit(node.superClass, inner);
    this.#visit(node.body, inner);
  }

  #visitCatch(node: Extract<Node, { type: 'CatchClause' }>, scope: Scope): void {
    const inner = openScope(scope, node, scope.activation);
    if (node.param !== null) {
      for (const name of patternNames(node.param)) declare(inner, name, 'catch', node);
      this.#visitPattern(node.param, inner);
    }
    this.#visit(node.body, inner);
  }

  #visitEnum(node: Extract<Node, { type: 'TSEnumDeclaration' }>, scope: Scope): void {
    const inner = openScope(scope, node, scope.activation);
    this.#noteDeclared(node.id, inner);
    for (const member of node.body.members) {
      const name = member.id.type === 'Identifier' ? member.id.name : staticName(member.id, true);
      if (name !== undefined) declare(inner, name, 'other', member);
    }
    for (const member of node.body.members) {
      if (member.initializer !== null) this.#visit(member.initializer, inner);
    }
  }

  #noteDeclared(id: Node | null, scope: Scope): void {
    const binding = id?.type === 'Identifier' ? lookUp(id.name, scope) : undefined;
    if (id !== null && binding !== undefined) this.declarations.set(id, binding);
  }

  /** A pattern of a declaration: its names are declared, its defaults and computed keys are expressions. */
  #visitPattern(pattern: Node, scope: Scope): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#noteDeclared(pattern, scope);
        break;
      case 'AssignmentPattern':
        this.#visitPattern(pattern.left, scope);
        this.#visit(pattern.right, scope);
        break;
      case 'Property':
        this.#visitAll([pattern.computed ? pattern.key : null], scope);
        this.#visitPattern(pattern.value, scope);
        break;
      default:
        for (const child of listChildren(pattern)) this.#visitPattern(child, scope);
    }
  }
}

/** The variable that a path begins with. */
function firstOfPath(path: Node): Node {
  let at = path;
  while (at.type === 'TSQualifiedName') at = at.left;
  return at;
}

type ScopeNode = Extract<Node, { type: (typeof scopeTypes)[number] }>;

const scopeTypes = [
  'ClassDeclaration',
  'ClassExpression',
  'CatchClause',
  'TSEnumDeclaration',
  'TSModuleDeclaration',
  'SwitchStatement',
  'BlockStatement',
  'StaticBlock',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
] as const;

function isScope(node: Node): node is ScopeNode {
  return scopeTypes.some((type) => type === node.type);
}

function lookUp(name: string, scope: Scope): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}

/** The variables that a declarator declares. */
export function declaredIn({ scopes }: ScopedModule, declarator: Node): Binding[] {
  return [...allNodes(declarator)].flatMap((node) => {
    const binding = scopes.declarations.get(node);
    return binding?.declaration === declarator ? [binding] : [];
  });
}

/** What a name, or a path of members of namespaces of the same file, refers to. */
export function pathBinding(module: ScopedModule, node: Node): Binding | undefined {
  if (node.type !== 'MemberExpression') return module.scopes.references.get(node);
  const name = staticName(node.property, node.computed);
  return name === undefined ? undefined : pathBinding(module, node.object)?.members?.get(name);
}

interface ScopedModule {
  readonly scopes: ModuleScopes;
}

/** Whether an identifier or member expression is the target of an assignment, a deletion or a loop. */
export function isAssigned(module: ScopedModule, target: Node): boolean {
  const parent = module.scopes.parentOf(target);
  switch (parent?.type) {
    case 'AssignmentExpression':
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === target;
    case 'UpdateExpression':
      return true;
    case 'UnaryExpression':
      return parent.operator === 'delete';
    case 'AssignmentPattern':
      return parent.left === target && isAssigned(module, parent);
    case 'RestElement':
    case 'ArrayPattern':
    case 'ObjectPattern':
      return isAssigned(module, parent);
    case 'Property':
      return parent.value === target && isPatternProperty(module, parent) && isAssigned(module, parent);
    default:
      return false;
  }
}

/** `this.#table ??= …` only keeps what would be computed again. */
export function isMemo(
  { scopes }: ScopedModule,
  target: Extract<Node, { type: 'MemberExpression' }>,
): boolean {
  const assignment = scopes.parentOf(target);
  return (
    target.property.type === 'PrivateIdentifier' &&
    assignment?.type === 'AssignmentExpression' &&
    assignment.operator === '??='
  );
}

function isPatternProperty(module: ScopedModule, property: Node): boolean {
  return module.scopes.parentOf(property)?.type === 'ObjectPattern';
}

/** The class member whose `this` a node uses; undefined outside classes. Arrow functions use that of the enclosing code. */
export function thisMember(
  module: ScopedModule,
  node: Node,
): MethodDefinition | PropertyDefinition | AccessorProperty | undefined {
  const { parentOf } = module.scopes;
  let at = node;
  let around = parentOf(at);
  while (around !== undefined && !bindsThis.has(at.type) && !isField(around)) {
    at = around;
    around = parentOf(at);
  }
  if (around === undefined) return undefined;
  return isField(around) || around.type === 'MethodDefinition' ? around : undefined;
}

/** The function, static block or field whose `this` a node uses; undefined when it is outside of `outer`. */
export function thisOwner({ scopes }: ScopedModule, node: Node, outer: Node): Node | undefined {
  let at = node;
  while (!bindsThis.has(at.type)) {
    const around = scopes.parentOf(at);
    if (at === outer || around === undefined) return undefined;
    if (around.type === 'PropertyDefinition' && around.value === at) return around;
    at = around;
  }
  return at;
}

const bindsThis: ReadonlySet<string> = new Set(['FunctionExpression', 'FunctionDeclaration', 'StaticBlock']);

function isField(node: Node): node is PropertyDefinition | AccessorProperty {
  return node.type === 'PropertyDefinition' || node.type === 'AccessorProperty';
}
