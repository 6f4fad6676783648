import type { Node } from 'oxc-parser';
import { isSyntaxNode, staticName, typeKeys } from './syntax.js';

/** Returns the definition of a name as JSON text; undefined for nodes that are not names. */
export type NameText = (node: Node) => string | undefined;

/**
 * One text for all spellings of the same code: without formatting, comments, types, parentheses, quotes or trailing commas,
 * and with numbers by value. All other members of the syntax tree are part of the text.
 */
export function canonicalCode(node: Node, nameText: NameText): string {
  const named = nameText(node);
  if (named !== undefined) return named;
  if (node.type === 'Literal') return literalText(node);
  const members = Object.keys(node)
    .filter((key) => !isSpelling(node, key))
    .sort()
    .map((key) => memberText(node, key, nameText))
    .filter((text) => text !== undefined);
  return `{${members.join(',')}}`;
}

/** Members for the spelling of code, or for a type checker only. */
const spellings: ReadonlySet<string> = new Set([
  ...typeKeys,
  'start',
  'end',
  'range',
  'loc',
  'parent',
  'decorators',
  'declare',
  'definite',
  'accessibility',
  'readonly',
  'override',
  'abstract',
  'shorthand',
  'directive',
  'tail',
]);

function isSpelling(node: Node, key: string): boolean {
  if (spellings.has(key)) return true;
  if (key === 'optional') return node.type !== 'MemberExpression' && node.type !== 'CallExpression';
  return key === 'expression' && node.type === 'ArrowFunctionExpression';
}

/** Absent, null, false and empty members are left out, so that both dialects of the parser have the same text. */
function memberText(node: Node, key: string, nameText: NameText): string | undefined {
  const value: unknown = Reflect.get(node, key);
  if (value === null || value === undefined || value === false) return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (key === 'computed' && (nameOfKey(node, 'property') ?? nameOfKey(node, 'key')) !== undefined)
    return undefined;
  return `${JSON.stringify(key)}:${nameOfKey(node, key) ?? valueText(value, nameText)}`;
}

/** `a.b` and `a['b']`, `{ b: 1 }` and `{ 'b': 1 }` are the same. */
function nameOfKey(node: Node, key: string): string | undefined {
  const member = node.type === 'MemberExpression' && key === 'property' ? node.property : undefined;
  const owned = key === 'key' && 'key' in node ? node.key : undefined;
  const name = member ?? owned;
  if (!isSyntaxNode(name)) return undefined;
  const text = staticName(name, 'computed' in node && node.computed);
  return text === undefined ? undefined : JSON.stringify(text);
}

function valueText(value: unknown, nameText: NameText): string {
  if (isSyntaxNode(value)) return canonicalCode(value, nameText);
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, nameText)).join(',')}]`;
  return JSON.stringify(value);
}

function literalText(node: Extract<Node, { type: 'Literal' }>): string {
  if ('regex' in node) return JSON.stringify(['regex', node.regex.pattern, node.regex.flags]);
  if ('bigint' in node) return JSON.stringify(['bigint', node.bigint]);
  return JSON.stringify([typeof node.value, String(node.value)]);
}
