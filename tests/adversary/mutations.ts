import type { Node } from 'oxc-parser';
import { type Placed, parseSourceFile } from '../architecture/source-file.js';
import { type Edit, isMemberName, isOutsideCode, isReadValue, isShorthand, replaced } from './edit.js';

/** Edits of a source that each change what it computes, for code that `compute` reaches. */
export function mutationsOf(path: string, text: string): readonly Edit[] {
  if (path.endsWith('.json')) return mutationsOfJson(text);
  const { nodes } = parseSourceFile(path, text);
  return nodes.filter((placed) => !isOutsideCode(placed)).flatMap((placed) => mutationsAt(placed, text));
}

function mutationsOfJson(text: string): readonly Edit[] {
  return [...text.matchAll(/(?<=: )[\d.]+/g)].map(({ index, 0: digits }) => ({
    what: `JSON ${digits}`,
    start: index,
    end: index + digits.length,
    text: `${digits}1`,
  }));
}

function mutationsAt(placed: Placed, text: string): readonly Edit[] {
  const { node } = placed;
  switch (node.type) {
    case 'Literal':
      return literal(placed);
    case 'TemplateElement':
      return node.value.raw === '' ? [] : [replaced('template', node, `${node.value.raw}x`)];
    case 'Identifier':
    case 'PrivateIdentifier':
      return name(placed);
    case 'BinaryExpression':
    case 'LogicalExpression':
      return [...operator(node, node.left, node.operator, node.right, text), ...swapped(node, text)];
    case 'AssignmentExpression':
      return operator(node, node.left, node.operator, node.right, text);
    case 'UpdateExpression':
      return [
        replaced(
          'update',
          node,
          part(text, node).replace(/\+\+|--/, (sign) => (sign === '++' ? '--' : '++')),
        ),
      ];
    case 'UnaryExpression':
      return [replaced(`unary ${node.operator}`, node, part(text, node.argument))];
    default:
      return structure(placed, text);
  }
}

function structure({ node, parent }: Placed, text: string): readonly Edit[] {
  switch (node.type) {
    case 'ConditionalExpression':
      return [exchange('branches', node.consequent, node.alternate, text)].flat();
    case 'IfStatement':
      return [replaced('condition', node.test, `!(${part(text, node.test)})`)];
    case 'CallExpression':
    case 'NewExpression':
      return neighbours('arguments', node.arguments, text);
    case 'ArrayExpression':
      return neighbours('elements', node.elements, text);
    case 'SpreadElement':
      return [replaced('spread', node, part(text, node.argument))];
    case 'AssignmentPattern':
      return [replaced('default', node, part(text, node.left))];
    case 'ForOfStatement':
      return [replaced('for of', node, part(text, node).replace(' of ', ' in '))];
    default:
      return isStatement(node) && parent?.node.type === 'BlockStatement'
        ? [replaced('statement', node, '')]
        : [];
  }
}

function part(text: string, { start, end }: Node): string {
  return text.slice(start, end);
}

function isStatement({ type }: Node): boolean {
  return /^(Expression|If|ForOf|For|While|Return|Throw|Break|Continue)Statement$|^VariableDeclaration$/.test(
    type,
  );
}

function literal({ node, parent }: Placed): readonly Edit[] {
  if (node.type !== 'Literal') return [];
  const { value } = node;
  if (typeof value === 'number') return [replaced(`number ${value}`, node, String(value + 1))];
  if (typeof value === 'boolean') return [replaced(`${value}`, node, String(!value))];
  if (typeof value === 'string' && parent?.node.type !== 'ExpressionStatement') {
    return [replaced(`text ${value}`, node, JSON.stringify(`${value}x`))];
  }
  if ('regex' in node) {
    const { pattern, flags } = node.regex;
    return [
      replaced('pattern', node, `/${pattern}x/${flags}`),
      replaced('flags', node, `/${pattern}/${flags}i`),
    ];
  }
  return [];
}

/** Another member, or another binding that is in scope. */
function name(placed: Placed): readonly Edit[] {
  const { node } = placed;
  if (node.type !== 'Identifier' && node.type !== 'PrivateIdentifier') return [];
  if (isShorthand(placed)) return [];
  if (isMemberName(placed) && node.type === 'Identifier')
    return [replaced(`member ${node.name}`, node, `${node.name}X`)];
  if (node.type === 'PrivateIdentifier' || !isReadValue(placed)) return [];
  return namesInScope(placed)
    .filter((other) => other !== node.name)
    .slice(0, 3)
    .map((other) => replaced(`name ${node.name} by ${other}`, node, other));
}

/** Parameters and variables of the functions around, nearest first, then the definitions of the file. */
function namesInScope({ parent }: Placed): readonly string[] {
  if (parent === undefined) return [];
  return [...new Set([...namesDeclaredBy(parent.node), ...namesInScope(parent)])];
}

function namesDeclaredBy(node: Node): readonly string[] {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node.params.flatMap((param) => (param.type === 'Identifier' ? [param.name] : []));
    case 'BlockStatement':
    case 'Program':
      return node.body.flatMap(namesOfDeclaration);
    default:
      return [];
  }
}

function namesOfDeclaration(node: Node): readonly string[] {
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
      return node.id === null ? [] : [node.id.name];
    case 'ExportNamedDeclaration':
      return node.declaration === null
        ? []
        : namesOfDeclaration(node.declaration).filter((one) => one !== 'compute');
    default:
      return [];
  }
}

const otherOperators: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '??': '||',
  '=': '+=',
  '+=': '-=',
  '-=': '+=',
};

function operator(whole: Node, left: Node, sign: string, right: Node, text: string): readonly Edit[] {
  const other = otherOperators[sign];
  // A pattern has no other assignment.
  if (other === undefined || left.type === 'ArrayPattern') return [];
  // `a ?? b` beside `||` would need parentheses.
  return [replaced(`operator ${sign}`, whole, `(${part(text, left)} ${other} ${part(text, right)})`)];
}

const orderMatters = new Set(['-', '/', '%', '**', '<', '<=', '>', '>=', '??']);

function swapped(node: Node, text: string): readonly Edit[] {
  if (node.type !== 'BinaryExpression' && node.type !== 'LogicalExpression') return [];
  const [left, right] = [part(text, node.left), part(text, node.right)];
  if (!orderMatters.has(node.operator) || left === right) return [];
  return [replaced(`operands of ${node.operator}`, node, `((${right}) ${node.operator} (${left}))`)];
}

/** Each two neighbours change places. */
function neighbours(what: string, list: readonly (Node | null)[], text: string): readonly Edit[] {
  return list.slice(1).flatMap((right, index) => exchange(what, list[index] ?? null, right, text));
}

function exchange(what: string, left: Node | null, right: Node | null, text: string): readonly Edit[] {
  if (left === null || right === null || part(text, left) === part(text, right)) return [];
  const between = text.slice(left.end, right.start);
  const span = { start: left.start, end: right.end };
  return [replaced(`${what} swapped`, span, part(text, right) + between + part(text, left))];
}
