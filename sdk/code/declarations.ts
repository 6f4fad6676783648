import type { Node } from 'oxc-parser';
import { isFunctionNode, listChildren } from './syntax.js';

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
  /** Namespaces, merged declarations, `import =`: they cannot be described by one expression. */
  | 'other';

/** A name and its declaration. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly scope: Scope;
  /** The VariableDeclarator, function, class, enum or import specifier; for a parameter its function. */
  readonly declaration: Node;
}

export interface Scope {
  readonly parent: Scope | undefined;
  readonly node: Node;
  /** The function, or the program, whose activation the scope belongs to. */
  readonly activation: Node;
  readonly bindings: Map<string, Binding>;
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
  return { parent, node, activation, bindings: new Map() };
}

export function declare(scope: Scope, name: string, kind: BindingKind, declaration: Node): void {
  const earlier = scope.bindings.get(name);
  const merged = earlier !== undefined && (mergeable.has(kind) || mergeable.has(earlier.kind));
  scope.bindings.set(name, { name, kind: merged ? 'other' : kind, scope, declaration });
}

/** Kinds of which TypeScript merges several declarations of one name. */
const mergeable: ReadonlySet<BindingKind> = new Set(['enum', 'other']);

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
    case 'TSImportEqualsDeclaration':
      declareNamed(scope, statement.id, 'other', statement);
      break;
    default:
  }
}

function declareNamed(scope: Scope, id: Node | null, kind: BindingKind, declaration: Node): void {
  if (id?.type === 'Identifier') declare(scope, id.name, kind, declaration);
}

/** The names that `var` declares in its function, at any depth. One that repeats a parameter is that parameter. */
export function declareVars(node: Node, scope: Scope): void {
  for (const child of listChildren(node)) {
    if (isFunctionNode(child) || child.type === 'ClassBody' || child.type === 'StaticBlock') continue;
    if (child.type === 'VariableDeclaration' && child.kind === 'var') declareVariables(child, scope);
    declareVars(child, scope);
  }
}

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
