import { GENERATOR, generate } from 'astring';
import { isTree, type Tree } from './tree.js';

/** The text of a tree, in one layout. `indentation`: of its further lines, in steps. */
export function printTree(tree: Tree, indentation = 0): string {
  return generate(tree, { generator, startingIndentLevel: indentation }).trimEnd();
}

interface Writer {
  write(text: string): void;
}

/** What the library prints otherwise: literals by value, and long sums, whose trees are as deep as they are long. */
const own = {
  Literal(node: Tree, writer: Writer) {
    writer.write(literalText(node));
  },
  ParenthesizedExpression({ expression }: Tree, writer: Writer) {
    writer.write('(');
    print(expression, writer);
    writer.write(')');
  },
  BinaryExpression: printChain,
  LogicalExpression: printChain,
  ConditionalExpression(node: Tree, writer: Writer) {
    let last: unknown = node;
    while (isTree(last) && last.type === 'ConditionalExpression') {
      printOperand(last.test, writer);
      writer.write(' ? ');
      printOperand(last.consequent, writer);
      writer.write(' : ');
      last = last.alternate;
    }
    printOperand(last, writer);
  },
};

function printChain(node: Tree, writer: Writer): void {
  const chain: Tree[] = [];
  let first = node;
  for (let { left } = first; isSameChain(first, left); { left } = left) {
    chain.push(first);
    first = left;
  }
  printWith(GENERATOR, first, writer);
  for (const { operator, right } of chain.reverse()) {
    writer.write(` ${String(operator)} `);
    printOperand(right, writer);
  }
}

const generator = Object.assign({}, GENERATOR, own);

function print(node: unknown, writer: Writer): void {
  printWith(generator, node, writer);
}

function printWith(printers: object, node: unknown, writer: Writer): void {
  const printer: unknown = isTree(node) ? Reflect.get(printers, node.type) : undefined;
  if (typeof printer !== 'function') throw new TypeError('this is not a syntax tree that can be printed');
  Reflect.apply(printer, printers, [node, writer]);
}

/** Operators of one precedence, which group from the left. */
const precedences: readonly ReadonlySet<unknown>[] = [
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
  ...['&&', '||', '??', '&', '|', '^'].map((operator) => new Set([operator])),
];

function isSameChain(node: Tree, left: unknown): left is Tree {
  if (!isTree(left) || left.type !== node.type) return false;
  return precedences.some((group) => group.has(node.operator) && group.has(left.operator));
}

/** In brackets unless it is a name, a literal, a call or a member. */
function printOperand(node: unknown, writer: Writer): void {
  const isBare = isTree(node) && bareOperands.has(node.type);
  if (!isBare) writer.write('(');
  print(node, writer);
  if (!isBare) writer.write(')');
}

const bareOperands: ReadonlySet<string> = new Set([
  ...['Identifier', 'Literal', 'CallExpression', 'MemberExpression', 'TemplateLiteral'],
]);

function literalText({ value, regex, bigint }: Tree): string {
  if (typeof bigint === 'string') return `${bigint}n`;
  if (typeof regex === 'object' && regex !== null && 'pattern' in regex && 'flags' in regex) {
    return `/${String(regex.pattern)}/${String(regex.flags)}`;
  }
  return value === Number.POSITIVE_INFINITY ? '1e999' : JSON.stringify(value);
}
