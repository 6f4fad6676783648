import { type Node, visitorKeys } from 'oxc-parser';
import { isSyntaxNode, listChildren } from './syntax.js';

type EnumDeclaration = Extract<Node, { type: 'TSEnumDeclaration' }>;

/** Where the last declaration of an enum ends, of which a file has several. */
const ends = new WeakMap<Node, number>();

/** Where an enum has all of its members; undefined when it is declared once. */
export function endOfMerged(declaration: Node): number | undefined {
  return ends.get(declaration);
}

/** Makes one declaration of those of one enum: TypeScript adds the members of each to one object. In place. */
export function mergeEnums(program: Node): void {
  const waiting: Node[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const key of visitorKeys[node.type] ?? []) {
      const value: unknown = Reflect.get(node, key);
      if (Array.isArray(value)) Reflect.set(node, key, withoutRepeated(value));
    }
    waiting.push(...listChildren(node));
  }
}

function withoutRepeated(list: readonly unknown[]): unknown[] {
  const first = new Map<string, EnumDeclaration>();
  return list.filter((one) => {
    const declared = isSyntaxNode(one) ? enumIn(one) : undefined;
    if (declared === undefined) return true;
    const earlier = first.get(declared.id.name);
    if (earlier === undefined) first.set(declared.id.name, declared);
    else append(earlier, declared);
    return earlier === undefined;
  });
}

function enumIn(statement: Node): EnumDeclaration | undefined {
  const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  return declared?.type === 'TSEnumDeclaration' ? declared : undefined;
}

/** The numbers of a declaration begin with 0, whatever was declared before. */
function append(earlier: EnumDeclaration, { body, end }: EnumDeclaration): void {
  const [first] = body.members;
  if (first !== undefined && first.initializer === null) {
    const { start } = first;
    first.initializer = { type: 'Literal', value: 0, raw: '0', start, end: first.end };
  }
  earlier.body.members.push(...body.members);
  ends.set(earlier, end);
}
