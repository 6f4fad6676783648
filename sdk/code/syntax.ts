import { extname, isAbsolute, relative } from 'node:path';
import {
  type ArrowFunctionExpression,
  type Node,
  type Function as PlainFunction,
  type Program,
  parseSync,
  visitorKeys,
} from 'oxc-parser';

/** A parsed file without its types: the rest means the same to the engine, whatever tool strips the types. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  /** Whether it imports or exports anything; else a JavaScript file is CommonJS. */
  readonly hasModuleSyntax: boolean;
}

/** A position in a file, for display: both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface SyntaxFault {
  readonly message: string;
  readonly offset: number;
}

export type ParsedSource =
  | { readonly ok: true; readonly file: SourceFile }
  | { readonly ok: false; readonly fault: SyntaxFault };

/** Parses a module and removes everything that only matters to a type checker. */
export function parseSource(path: string, text: string): ParsedSource {
  const { program, errors, module } = parseSync(path, text, {
    lang: languageOf(path),
    sourceType: 'module',
    astType: 'ts',
    preserveParens: false,
  });
  const [error] = errors;
  if (error !== undefined) {
    return { ok: false, fault: { message: error.message, offset: error.labels[0]?.start ?? 0 } };
  }
  stripTypes(program);
  return { ok: true, file: { path, text, program, hasModuleSyntax: module.hasModuleSyntax } };
}

export function toPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Offset of a line and column, both from 0; undefined when the text has no such position. */
export function toOffset(text: string, line: number, column: number): number | undefined {
  let start = 0;
  for (let i = 0; i < line; i += 1) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  const offset = start + column;
  return offset <= text.length ? offset : undefined;
}

/** Direct children in source order of their keys, without types and decorators. */
export function listChildren(node: Node): Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = Reflect.get(node, key);
    if (Array.isArray(value)) children.push(...value.filter(isSyntaxNode));
    else if (isSyntaxNode(value)) children.push(value);
  }
  return children;
}

/** The node and all nodes in it, in the order of the source. Without recursion: trees may be deep. */
export function* allNodes(node: Node): Generator<Node, void, undefined> {
  const waiting: Node[] = [node];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    yield at;
    waiting.push(...listChildren(at).reverse());
  }
}

export function isSyntaxNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Whether `inner` is inside `outer`; both are in the same file. */
export function contains(outer: Node, inner: Node): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

export type NamespaceNode = Extract<Node, { type: 'TSModuleDeclaration' }>;

/** The names of `namespace A.B.C`, and of the alias of such a path. */
export function pathNames(path: Node): string[] {
  if (path.type === 'Identifier') return [path.name];
  return path.type === 'TSQualifiedName' ? [...pathNames(path.left), path.right.name] : [];
}

export type FunctionNode = PlainFunction | ArrowFunctionExpression;

export function isFunctionNode(node: Node): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

export type ClassNode = Extract<Node, { type: 'ClassDeclaration' | 'ClassExpression' }>;

export function isFunctionOrClass(node: Node): node is FunctionNode | ClassNode {
  return isFunctionNode(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

/** The expression of `=> { return expression; }`. */
export function onlyReturned(body: Node | null): Node | undefined {
  const [only, ...more] = body?.type === 'BlockStatement' ? body.body : [];
  return only?.type === 'ReturnStatement' && more.length === 0 ? (only.argument ?? undefined) : undefined;
}

/** The name of a member access or of a key, unless it is computed. */
export function staticName(key: Node, computed: boolean): string | undefined {
  if (key.type === 'Literal') return key.value === null || 'regex' in key ? undefined : String(key.value);
  return key.type === 'Identifier' && !computed ? key.name : undefined;
}

/** The variable of `a.b[0].c`. */
export function rootOf(node: Node): Node {
  let root = node;
  while (root.type === 'MemberExpression' || root.type === 'ChainExpression') {
    root = root.type === 'MemberExpression' ? root.object : root.expression;
  }
  return root;
}

function languageOf(path: string): 'js' | 'jsx' | 'ts' | 'tsx' {
  const extension = extname(path);
  if (extension === '.tsx' || extension === '.jsx') return extension === '.tsx' ? 'tsx' : 'jsx';
  return /^\.[cm]?ts$/.test(extension) ? 'ts' : 'js';
}

/** Members that only matter to a type checker. */
export const typeKeys: ReadonlySet<string> = new Set([
  'typeAnnotation',
  'typeParameters',
  'returnType',
  'typeArguments',
  'superTypeArguments',
  'implements',
]);

/** Rewrites the tree in place; nothing else refers to the parser's objects. Without recursion: trees may be deep. */
function stripTypes(program: Node): void {
  const waiting: Node[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const key of visitorKeys[node.type] ?? []) {
      const value = typeKeys.has(key) ? null : stripped(Reflect.get(node, key));
      Reflect.set(node, key, value);
      addNodes(waiting, value);
    }
  }
}

/** One by one: there may be more than a call takes. */
function addNodes(nodes: Node[], value: unknown): void {
  for (const one of [value].flat()) if (isSyntaxNode(one)) nodes.push(one);
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(hasMeaning).map(stripped);
  return isSyntaxNode(value) ? withoutWrapper(value) : value;
}

function withoutWrapper(node: Node): Node {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
      return withoutWrapper(node.expression);
    default:
      return node;
  }
}

/** Whether a list element is more than types and punctuation; holes of an array literal are. */
function hasMeaning(value: unknown): boolean {
  if (!isSyntaxNode(value)) return true;
  switch (value.type) {
    case 'TSModuleDeclaration':
      return !isTypeOnly(value) && holdsMeaning(value.body);
    case 'EmptyStatement':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSDeclareFunction':
    case 'TSAbstractMethodDefinition':
    case 'TSAbstractPropertyDefinition':
    case 'TSAbstractAccessorProperty':
    case 'TSIndexSignature':
      return false;
    case 'Identifier':
      return value.name !== 'this';
    case 'MethodDefinition':
      return value.value.type !== 'TSEmptyBodyFunctionExpression';
    case 'ExportNamedDeclaration':
      return value.exportKind !== 'type' && (value.declaration === null || hasMeaning(value.declaration));
    case 'ExportDefaultDeclaration':
      return hasMeaning(value.declaration);
    default:
      return !isTypeOnly(value);
  }
}

/** A namespace of types alone has no value. */
function holdsMeaning(block: Node | null | undefined): boolean {
  return block?.type === 'TSModuleBlock' && block.body.some(hasMeaning);
}

function isTypeOnly(node: Node): boolean {
  if ('declare' in node && node.declare) return true;
  if ('importKind' in node && node.importKind === 'type') return true;
  return 'exportKind' in node && node.exportKind === 'type';
}

/** `file:line:column`, both from 1; the file relative to the working directory when it is below it. */
export function toPlace(file: Pick<SourceFile, 'path' | 'text'>, offset: number): string {
  const { line, column } = toPosition(file.text, offset);
  return `${shownPath(file.path)}:${line}:${column}`;
}

export function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}
