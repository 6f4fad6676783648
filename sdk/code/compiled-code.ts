import type { Node } from 'oxc-parser';
import { constantText, foldedText, isFolded, sumOfConstants } from './folded-constants.js';
import type { Module } from './project.js';
import { allNodes, type FunctionNode, isFunctionNode, listChildren, parseSource } from './syntax.js';

/** Whether a running function, by its text, was compiled from a function: as far as its numbers, texts and functions show. */
export function isSameCode(module: Module, node: FunctionNode, running: string): boolean {
  const compiled = parseFunction(running);
  if (compiled === undefined || compiled.async !== node.async) return false;
  return (
    functionShapes(compiled).join() === functionShapes(node).join() &&
    hasConstants(compiledConstants(compiled), module, node)
  );
}

/** Whether a running function can be a function whose file did not change: maps may lead to the function around it. */
export function isCompiledLike(node: FunctionNode, running: string): boolean {
  const compiled = parseFunction(running);
  return compiled?.async === node.async && compiled.params.length === node.params.length;
}

/** What a compiler made of a file, perhaps of several. */
export class CompiledText {
  readonly #shapes: ReadonlyMap<number, number>;
  readonly #constants: ReadonlyMap<string, number>;

  constructor(text: string) {
    const source = parseSource('compiled.js', text);
    this.#shapes = countOf(source.ok ? functionShapes(source.file.program) : []);
    this.#constants = source.ok ? compiledConstants(source.file.program) : new Map();
  }

  /** Whether it may hold the code of a definition of a file. */
  holds(module: Module, definition: Node): boolean {
    const shapes = countOf(functionShapes(definition));
    return isPartOf(shapes, this.#shapes) && hasConstants(this.#constants, module, definition);
  }
}

/** The numbers of parameters of the function and of each function in it. */
function functionShapes(node: Node): number[] {
  return [...allNodes(node)].flatMap((one) => (isFunctionNode(one) ? [one.params.length] : []));
}

/** The result of `toString` is an expression or a method. */
function parseFunction(text: string): FunctionNode | undefined {
  for (const wrapped of [`(${text})`, `({${text}})`, `(class{${text}})`]) {
    const source = parseSource('compiled.js', wrapped);
    if (source.ok) return [...allNodes(source.file.program)].find(isFunctionNode);
  }
  return undefined;
}

/** Compilers keep constants, or write the result of an operation on constants instead. They may add others. */
function hasConstants(known: ReadonlyMap<string, number>, module: Module, code: Node): boolean {
  const { plain, folded } = constantsOf(module, code);
  return (
    isPartOf(countOf(plain), known) &&
    folded.every(
      ({ parts, result }) =>
        (result !== undefined && known.has(result)) || parts.every((part) => known.has(part)),
    )
  );
}

interface Constants {
  readonly plain: string[];
  /** Operations on constants alone. */
  readonly folded: { readonly parts: readonly string[]; readonly result: string | undefined }[];
}

/** All constants, except keys, directives and booleans: compilers respell them. */
function compiledConstants(compiled: Node): Map<string, number> {
  return countOf(plainConstants(compiled));
}

function plainConstants(code: Node): string[] {
  const found: string[] = [];
  const waiting: Node[] = [code];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    found.push(...constantsAt(at));
    waiting.push(...comparedChildren(at));
  }
  return found;
}

/** The same of code that is not compiled, with the operations that a compiler may do. */
function constantsOf(module: Module, code: Node): Constants {
  const found: Constants = { plain: [], folded: [] };
  const waiting: Node[] = [code];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const sum = sumOfConstants(module, at);
    if (sum !== undefined) {
      found.folded.push(sum);
      waiting.push(sum.rest);
    } else if (isFolded(module, at)) {
      found.folded.push({ parts: plainConstants(at), result: foldedText(at) });
    } else {
      found.plain.push(...constantsAt(at));
      waiting.push(...comparedChildren(at));
    }
  }
  return found;
}

function constantsAt(node: Node): string[] {
  const constant = constantText(node);
  return constant === undefined ? [] : [constant];
}

function comparedChildren(node: Node): Node[] {
  return listChildren(node).filter((child) => !isRespelled(node, child));
}

function isRespelled(node: Node, child: Node): boolean {
  if (child.type !== 'Literal') return false;
  if (node.type === 'ExpressionStatement') return true;
  return (
    ('key' in node && node.key === child) || (node.type === 'MemberExpression' && node.property === child)
  );
}

function countOf<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function isPartOf<T>(part: ReadonlyMap<T, number>, whole: ReadonlyMap<T, number>): boolean {
  return [...part].every(([value, count]) => (whole.get(value) ?? 0) >= count);
}
