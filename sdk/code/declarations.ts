import type { Node } from 'oxc-parser';
import { endOfMerged } from './merged-enums.js';
import { isFunctionNode, listChildren, type NamespaceNode, pathNames } from './syntax.js';

export type BindingKind =
  | 'import'
  | 'const'
  | 'let'
  | 'var'
  | 'function'
  | 'class'
  | 'enum'
  | 'parameter'
  | 'catch'
  | 'namespace'
  /** `import name = A.B` */
  | 'alias'
  /** Other merged declarations and `import name = require(…)`: they cannot be described by one expression. */
  | 'other';

/** A name and its declaration. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly scope: Scope;
  /** The VariableDeclarator, function, class, enum, namespace or import specifier; for a parameter its function. */
  readonly declaration: Node;
  /** What the namespaces of this name export: of a namespace, or of a function, a class or an enum that has some. */
  readonly members?: Bindings | undefined;
  /** Those namespaces. */
  readonly namespaces?: readonly NamespaceNode[] | undefined;
}

type Bindings = Map<string, Binding>;

export interface Scope {
  readonly parent: Scope | undefined;
  readonly node: Node;
  /** The function, or the program, whose activation the scope belongs to. */
  readonly activation: Node;
  readonly bindings: Bindings;
  /** Whether it is that of the module, or of a namespace of the module: what it declares are definitions. */
  readonly isOfModule: boolean;
  /** Of a namespace: whether it has what the namespace exports. */
  readonly isExported: boolean;
}

/** The identifiers a pattern declares. */
export function patternNames(pattern: Node): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'Property':
      return patternNames(pattern.value);
    case 'AssignmentPattern':
      return patternNames(pattern.left);
    case 'RestElement':
      return patternNames(pattern.argument);
    case 'TSParameterProperty':
      return patternNames(pattern.parameter);
    case 'ObjectPattern':
      return pattern.properties.flatMap(patternNames);
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : patternNames(element)));
    default:
      return [];
  }
}

export function openScope(parent: Scope | undefined, node: Node, activation: Node): Scope {
  const isOfModule = parent === undefined;
  return { parent, node, activation, bindings: new Map(), isOfModule, isExported: false };
}

export function declare(scope: Scope, name: string, kind: BindingKind, declaration: Node): void {
  const earlier = scope.bindings.get(name);
  if (earlier?.kind === 'namespace' && merging.has(kind)) {
    scope.bindings.set(name, { ...earlier, kind, declaration });
    return;
  }
  const isMerged = earlier?.namespaces !== undefined;
  const merged = earlier !== undefined && (isMerged || single.has(kind) || single.has(earlier.kind));
  scope.bindings.set(name, { name, kind: merged ? 'other' : kind, scope, declaration });
}

/** Kinds that have members of the namespaces of their name. */
const merging: ReadonlySet<BindingKind> = new Set(['function', 'class', 'enum', 'namespace']);

/** Kinds that no other declaration may have the name of. */
const single: ReadonlySet<BindingKind> = new Set(['enum', 'namespace', 'alias', 'other']);

/** The namespaces that export a name, the innermost first. */
export function namespacesAround(binding: Binding): Binding[] {
  const found: Binding[] = [];
  for (let at: Binding | undefined = binding; at?.scope.isExported === true; ) {
    at = holderOf(at.scope);
    if (at !== undefined) found.push(at);
  }
  return found;
}

function holderOf({ parent, bindings }: Scope): Binding | undefined {
  for (let scope = parent; scope !== undefined; scope = scope.parent) {
    const holder = [...scope.bindings.values()].find(({ members }) => members === bindings);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Where a name has its whole value. */
export function endOfDeclared({ declaration, namespaces = [] }: Binding): number {
  const ends = [declaration, ...namespaces].map((one) => Math.max(one.end, endOfMerged(one) ?? 0));
  return Math.max(...ends);
}

/** The names that statements declare in their block. */
export function declareStatements(statements: readonly Node[], scope: Scope): void {
  for (const statement of statements) declareStatement(exported(statement), scope);
}

function exported(statement: Node): Node {
  const isExport =
    statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
  return isExport ? (statement.declaration ?? statement) : statement;
}

function declareStatement(statement: Node, scope: Scope): void {
  switch (statement.type) {
    case 'VariableDeclaration':
      if (statement.kind !== 'var') declareVariables(statement, scope);
      break;
    case 'ImportDeclaration':
      for (const specifier of statement.specifiers) declare(scope, specifier.local.name, 'import', specifier);
      break;
    case 'FunctionDeclaration':
      declareNamed(scope, statement.id, 'function', statement);
      break;
    case 'ClassDeclaration':
      declareNamed(scope, statement.id, 'class', statement);
      break;
    case 'TSEnumDeclaration':
      declareNamed(scope, statement.id, 'enum', statement);
      break;
    case 'TSModuleDeclaration':
      declareNamespace(scope, statement);
      break;
    case 'TSImportEqualsDeclaration': {
      const isAlias = statement.moduleReference.type !== 'TSExternalModuleReference';
      declareNamed(scope, statement.id, isAlias ? 'alias' : 'other', statement);
      break;
    }
    default:
  }
}

const blocks = new WeakMap<NamespaceNode, Scope>();

/** The scope of the statements of a namespace. */
export function namespaceScope(node: NamespaceNode): Scope | undefined {
  return blocks.get(node);
}

/**
 * `namespace A.B { … }` is a namespace B that A exports. All declarations of one namespace share what they export, and each has
 * its own other names.
 */
function declareNamespace(scope: Scope, node: NamespaceNode): void {
  let around = scope;
  for (const name of pathNames(node.id)) around = exportsOf(around, name, node);
  const block = { ...openScope(around, node, scope.activation), isOfModule: scope.isOfModule };
  blocks.set(node, block);
  // What a namespace exports sees its other names.
  const exporting = { ...block, parent: block, bindings: around.bindings, isExported: true };
  const statements = node.body?.type === 'TSModuleBlock' ? node.body.body : [];
  for (const statement of statements) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) {
      declareStatement(statement, block);
      declareVarsOf(statement, block);
      continue;
    }
    const { declaration } = statement;
    declareStatement(declaration, exporting);
    if (declaration.type === 'VariableDeclaration' && declaration.kind === 'var')
      declareVariables(declaration, exporting);
  }
}

/** The scope of what the namespaces of a name export, around those of one declaration. */
function exportsOf(scope: Scope, name: string, node: NamespaceNode): Scope {
  const earlier = scope.bindings.get(name);
  if (earlier === undefined || !merging.has(earlier.kind)) declare(scope, name, 'namespace', node);
  const declared = scope.bindings.get(name);
  const members: Bindings = declared?.members ?? new Map();
  if (declared !== undefined && declared.kind !== 'other') {
    const namespaces = [...(declared.namespaces ?? []), node];
    scope.bindings.set(name, { ...declared, members, namespaces });
  }
  const opened = openScope(scope, node, scope.activation);
  return { ...opened, bindings: members, isOfModule: scope.isOfModule, isExported: true };
}

function declareNamed(scope: Scope, id: Node | null, kind: BindingKind, declaration: Node): void {
  if (id?.type === 'Identifier') declare(scope, id.name, kind, declaration);
}

/** The names that `var` declares in its function, at any depth. One that repeats a parameter is that parameter. */
export function declareVars(node: Node, scope: Scope): void {
  for (const child of listChildren(node)) declareVarsOf(child, scope);
}

function declareVarsOf(node: Node, scope: Scope): void {
  if (isFunctionNode(node) || varBounds.has(node.type)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') declareVariables(node, scope);
  declareVars(node, scope);
}

/** A `var` in one of these is not one of what is around it. */
const varBounds: ReadonlySet<string> = new Set(['ClassBody', 'StaticBlock', 'TSModuleDeclaration']);

function declareVariables(declaration: Extract<Node, { type: 'VariableDeclaration' }>, scope: Scope): void {
  const kind = declaration.kind === 'let' || declaration.kind === 'var' ? declaration.kind : 'const';
  for (const declarator of declaration.declarations) {
    for (const name of patternNames(declarator.id)) {
      if (kind === 'var') declareVar(scope, name, declarator);
      else declare(scope, name, kind, declarator);
    }
  }
}

function declareVar(scope: Scope, name: string, declarator: Node): void {
  const parameter = parameterOf(scope, name);
  if (parameter === undefined) declare(scope, name, 'var', declarator);
  else if (!scope.bindings.has(name)) scope.bindings.set(name, parameter);
}

function parameterOf({ parent, activation }: Scope, name: string): Binding | undefined {
  const binding = parent?.activation === activation ? parent.bindings.get(name) : undefined;
  return binding?.kind === 'parameter' ? binding : undefined;
}
