import { type Placed, parseSourceFile } from '../architecture/source-file.js';
import { type Edit, isMemberName, isOutsideCode, isReadValue, isShorthand, replaced } from './edit.js';

/** Sets of edits of a source that change nothing of what it computes. */
export function respellingsOf(path: string, text: string): readonly (readonly Edit[])[] {
  if (path.endsWith('.json')) return [[replaced('JSON', { start: 0, end: 0 }, '\n\t ')]];
  const { nodes } = parseSourceFile(path, text);
  const code = nodes.filter((placed) => !isOutsideCode(placed));
  return [...renames(nodes), ...code.flatMap((placed) => respellingsAt(placed, text)).map((edit) => [edit])];
}

function respellingsAt(placed: Placed, text: string): readonly Edit[] {
  const { node, parent } = placed;
  const edits: Edit[] = [];
  const before = { start: node.start, end: node.start };
  if (/Statement$|Declaration$/.test(node.type) && parent?.node.type !== 'ExportNamedDeclaration') {
    edits.push(replaced('comment', before, '/* why */ '), replaced('line', before, '// why\n\n  '));
  }
  if (isReadValue(placed)) {
    const whole = text.slice(node.start, node.end);
    edits.push(replaced('white space', before, '  /**/ '), replaced('parentheses', node, `(${whole})`));
    edits.push(replaced('cast', node, `((${whole}) as any)`));
  }
  if (node.type === 'VariableDeclarator' && node.init !== null && !node.id.typeAnnotation) {
    edits.push(replaced('annotation', { start: node.id.end, end: node.id.end }, ': any'));
  }
  return edits;
}

/** Each name that a file declares for itself, in all its places. A name that another file knows stays. */
function renames(nodes: readonly Placed[]): readonly (readonly Edit[])[] {
  const byName = new Map<string, Placed[]>();
  for (const placed of nodes) {
    if (placed.node.type !== 'Identifier' || isMemberName(placed)) continue;
    const places = byName.get(placed.node.name) ?? [];
    byName.set(placed.node.name, [...places, placed]);
  }
  return [...byName]
    .filter(([, places]) => places.some(isDeclared) && !places.some(isKnownOutside))
    .map(([name, places]) => places.map((place) => renamed(place, name)));
}

function renamed(place: Placed, name: string): Edit {
  return replaced('rename', place.node, isShorthand(place) ? `${name}: renamed_${name}` : `renamed_${name}`);
}

function isDeclared({ node, parent }: Placed): boolean {
  const above = parent?.node;
  switch (above?.type) {
    case 'VariableDeclarator':
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'TSEnumDeclaration':
      return above.id === node || (above.type === 'FunctionDeclaration' && isParameter(above.params, node));
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return isParameter(above.params, node);
    case 'ArrayPattern':
      return true;
    case 'Property':
      return parent?.parent?.node.type === 'ObjectPattern';
    default:
      return false;
  }
}

function isParameter(params: readonly object[], node: object): boolean {
  return params.includes(node);
}

/** A parameter property is a member too. */
function isKnownOutside({ parent }: Placed): boolean {
  if (parent === undefined) return false;
  const { type } = parent.node;
  if (/^(Import|Export)\w*Specifier$|^TSParameterProperty$/.test(type)) return true;
  const isName = /^VariableDeclarat(or|ion)$|^FunctionDeclaration$|^ExportNamedDeclaration$/.test(type);
  return type === 'ExportNamedDeclaration' || (isName && isKnownOutside(parent));
}
