import type { Node } from 'oxc-parser';

/** The name at the root of a call or a chain of calls: `test` of `test.each([1])('x', f)`; '' when there is none. */
export function calleeRoot(node: Node): string {
  switch (node.type) {
    case 'CallExpression':
      return calleeRoot(node.callee);
    case 'MemberExpression':
      return calleeRoot(node.object);
    case 'TaggedTemplateExpression':
      return calleeRoot(node.tag);
    case 'Identifier':
      return node.name;
    default:
      return '';
  }
}

/** The name of the method a call calls: `query` of `handle.query('status')`. */
export function methodOf(node: Node): string {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return '';
  const { property } = node.callee;
  return property.type === 'Identifier' ? property.name : '';
}

/** `object.property` as two names; undefined for anything longer or computed. */
export function memberNames(node: Node): { readonly object: string; readonly property: string } | undefined {
  if (node.type !== 'MemberExpression' || node.computed) return undefined;
  const { object, property } = node;
  return object.type === 'Identifier' && property.type === 'Identifier'
    ? { object: object.name, property: property.name }
    : undefined;
}

/** The fixed texts of a literal or a template. */
export function textsOf(node: Node): readonly string[] {
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
  if (node.type === 'TemplateLiteral')
    return node.quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw);
  return [];
}

/** What a statement imports from or re-exports from; undefined for anything else. `import type` and dynamic ones count too. */
export function importedFrom(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return node.source.value;
    case 'ExportNamedDeclaration':
      return node.source?.value;
    case 'ImportExpression':
      return node.source.type === 'Literal' ? String(node.source.value) : undefined;
    case 'TSImportType':
      return node.source.value;
    default:
      return undefined;
  }
}
