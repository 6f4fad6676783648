import type { Node } from 'oxc-parser';
import type { Placed } from '../architecture/source-file.js';

/** A replaced part of a source. */
export interface Edit {
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function replaced(what: string, { start, end }: Span, text: string): Edit {
  return { what, start, end, text };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The source with edits that do not overlap. */
export function applied(source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const { start, end, text: part } of edits.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + part + text.slice(end);
  }
  return text;
}

/** Types, imports and the exports of a file say nothing that is computed. */
export function isOutsideCode({ node, parent }: Placed): boolean {
  if (/^TS(Type|Interface|Abstract|.*Type$|.*Keyword$|NamedTupleMember|RestType)/.test(node.type))
    return true;
  if (node.type === 'ImportDeclaration') return true;
  return parent !== undefined && isOutsideCode(parent);
}

/** Whether a name is that of a member or a key, not of a binding. */
export function isMemberName({ node, parent }: Placed): boolean {
  const above = parent?.node;
  switch (above?.type) {
    case 'MemberExpression':
      return above.property === node && !above.computed;
    case 'Property':
    case 'PropertyDefinition':
    case 'MethodDefinition':
    case 'TSAbstractMethodDefinition':
    case 'TSEnumMember':
      return (above.type === 'TSEnumMember' ? above.id : above.key) === node && !above.computed;
    default:
      return false;
  }
}

/** `{ a }` in an object or a pattern: a key and a name at once. */
export function isShorthand({ node, parent }: Placed): boolean {
  const isDefaulted = parent?.node.type === 'AssignmentPattern' && parent.node.left === node;
  const above = isDefaulted ? parent.parent?.node : parent?.node;
  return above?.type === 'Property' && above.shorthand;
}

/** Whether a node is a value that is read; patterns, statements and names of declarations are not. */
export function isReadValue(placed: Placed): boolean {
  const { node, parent } = placed;
  const above = parent?.node;
  if (above === undefined || isMemberName(placed)) return false;
  return isReadBy(above, node);
}

function isReadBy(above: Node, node: Node): boolean {
  switch (above.type) {
    case 'CallExpression':
    case 'NewExpression':
      return above.arguments.some((argument) => argument === node) && node.type !== 'SpreadElement';
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'TemplateLiteral':
      return node.type !== 'TemplateElement' && node.type !== 'PrivateIdentifier';
    case 'VariableDeclarator':
    case 'TSEnumMember':
      return (above.type === 'TSEnumMember' ? above.initializer : above.init) === node;
    case 'ReturnStatement':
      return true;
    case 'AssignmentExpression':
      return above.right === node;
    default:
      return false;
  }
}

const editsTogetherMax = 6;

/** Sets of edits, several at a time: as many as do not overlap. */
export function together(sets: readonly (readonly Edit[])[]): readonly (readonly Edit[])[] {
  const groups: Edit[][] = [];
  for (const edits of sets) {
    const open = groups.slice(-editsTogetherMax);
    const group = open.find(
      (one) => one.length < editsTogetherMax && !one.some((edit) => edits.some(overlaps(edit))),
    );
    if (group === undefined) groups.push([...edits]);
    else group.push(...edits);
  }
  return groups;
}

function overlaps(one: Edit): (other: Edit) => boolean {
  return (other) => one.start <= other.end && other.start <= one.end;
}
