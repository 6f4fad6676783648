import type { Node } from 'oxc-parser';
import { patternNames } from './declarations.js';
import { pathNames } from './syntax.js';

/** The target of an export statement. */
export type Export =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'from'; readonly specifier: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly specifier: string };

/** The names that a statement exports. */
export function exportsOf(statement: Node): [string, Export][] {
  switch (statement.type) {
    case 'ExportNamedDeclaration':
      return namedExports(statement);
    case 'ExportDefaultDeclaration':
      return [['default', defaultExport(statement.declaration)]];
    case 'ExportAllDeclaration':
      return statement.exported === null
        ? []
        : [[moduleName(statement.exported), { kind: 'namespace', specifier: statement.source.value }]];
    default:
      return [];
  }
}

function namedExports(statement: Extract<Node, { type: 'ExportNamedDeclaration' }>): [string, Export][] {
  if (statement.declaration !== null) {
    return declaredNames(statement.declaration).map((name) => [name, { kind: 'local', name }]);
  }
  const specifier = statement.source?.value;
  return statement.specifiers.map(({ local, exported }) => {
    const name = moduleName(local);
    return [
      moduleName(exported),
      specifier === undefined ? { kind: 'local', name } : { kind: 'from', specifier, name },
    ];
  });
}

function declaredNames(declaration: Node): string[] {
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => patternNames(id));
  }
  if (!('id' in declaration) || declaration.id === null) return [];
  return declaration.type === 'TSModuleDeclaration'
    ? pathNames(declaration.id).slice(0, 1)
    : patternNames(declaration.id);
}

function defaultExport(declaration: Node): Export {
  if (declaration.type === 'Identifier') return { kind: 'local', name: declaration.name };
  const named = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
  return named && declaration.id !== null
    ? { kind: 'local', name: declaration.id.name }
    : { kind: 'node', node: declaration };
}

/** The name that an import asks for; `*` for the whole module. */
export function importedName(specifier: Node): string {
  switch (specifier.type) {
    case 'ImportSpecifier':
      return moduleName(specifier.imported);
    case 'ImportNamespaceSpecifier':
      return '*';
    default:
      return 'default';
  }
}

/** The name of an export may be a string. */
function moduleName(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}
