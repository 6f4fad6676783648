import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { CodeDefinition } from './definitions.js';
import type { Module } from './project.js';
import { identifier, keyTree, type Tree } from './tree.js';

/** Whether a definition is a whole file that is not an ES module. */
export function isCommonJs({ node, module }: CodeDefinition): boolean {
  return node.type === 'Program' && !module.file.hasModuleSyntax;
}

interface Printing {
  readonly tree: (node: Node) => Tree;
  /** The name of a variable of the file. */
  readonly variable: (binding: Binding) => string;
}

/** A file as a function; what an ES module exports can be read before it is complete. */
export function wholeFileTree(
  definition: CodeDefinition,
  { body }: Extract<Node, { type: 'Program' }>,
  printing: Printing,
): Tree {
  const params = [identifier('module'), identifier('exports')];
  const statements = isCommonJs(definition)
    ? body.map((one) => printing.tree(one))
    : moduleStatements(definition.module, body, printing);
  const block = { type: 'BlockStatement', body: statements };
  return { type: 'FunctionExpression', id: null, params, body: block, generator: false, async: false };
}

function moduleStatements(module: Module, body: readonly Node[], { tree, variable }: Printing): Tree[] {
  const exported = localExports(module).map(({ name, binding }) => [name, variable(binding)] as const);
  const statements = body.flatMap(ownStatement).map((node): Tree => {
    const unnamed = unnamedDefault(module, node);
    if (unnamed === undefined) return tree(node);
    const made = tree(node);
    const init = { ...made, type: expressionTypes.get(made.type) ?? made.type };
    const declarations = [{ type: 'VariableDeclarator', id: identifier(variable(unnamed)), init }];
    return { type: 'VariableDeclaration', kind: 'const', declarations };
  });
  return [exportsTree(exported), ...statements];
}

const expressionTypes: ReadonlyMap<string, string> = new Map([
  ['FunctionDeclaration', 'FunctionExpression'],
  ['ClassDeclaration', 'ClassExpression'],
]);

/** What others can read of an ES module that is one definition, by its names inside. */
function localExports(module: Module): { readonly name: string; readonly binding: Binding }[] {
  const found = new Map<string, Binding>();
  for (const exported of module.exports.values()) {
    const binding =
      exported.kind === 'local' ? module.scopes.moduleScope.bindings.get(exported.name) : undefined;
    if (binding !== undefined && binding.kind !== 'import') found.set(binding.name, binding);
    if (exported.kind === 'node') found.set('default', unnamedBinding(module, exported.node));
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, binding]) => ({ name, binding }));
}

/** The default export of a module when it is an expression, or has no name. */
function unnamedDefault(module: Module, node: Node): Binding | undefined {
  const exported = module.exports.get('default');
  return exported?.kind === 'node' && exported.node === node ? unnamedBinding(module, node) : undefined;
}

const unnamed = new WeakMap<Node, Binding>();

function unnamedBinding({ scopes }: Module, declaration: Node): Binding {
  const known = unnamed.get(declaration);
  const binding: Binding = known ?? {
    name: 'default',
    kind: 'const',
    scope: scopes.moduleScope,
    declaration,
  };
  unnamed.set(declaration, binding);
  return binding;
}

/** What a statement of an ES module is without imports and exports. */
function ownStatement(statement: Node): Node[] {
  switch (statement.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return [];
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return statement.declaration === null ? [] : defaultStatement(statement.declaration);
    default:
      return [statement];
  }
}

/** `export default name` exports the name. */
function defaultStatement(declaration: Node): Node[] {
  return declaration.type === 'Identifier' ? [] : [declaration];
}

/** `module.exports = { get name() { return variable; }, … };` */
function exportsTree(names: readonly (readonly [name: string, variable: string])[]): Tree {
  const properties = names.map(([name, variable]): Tree => {
    const body = {
      type: 'BlockStatement',
      body: [{ type: 'ReturnStatement', argument: identifier(variable) }],
    };
    const value = { type: 'FunctionExpression', id: null, params: [], body, generator: false, async: false };
    const key = keyTree(name);
    return { type: 'Property', kind: 'get', key, value, computed: false, method: false, shorthand: false };
  });
  const [object, property] = [identifier('module'), identifier('exports')];
  const left = { type: 'MemberExpression', object, property, computed: false, optional: false };
  const right = { type: 'ObjectExpression', properties };
  return {
    type: 'ExpressionStatement',
    expression: { type: 'AssignmentExpression', operator: '=', left, right },
  };
}
