import type { Node } from 'oxc-parser';
import {
  constantText,
  foldedText,
  isFolded,
  isFoldedBoolean,
  sumOfConstants,
  textOf,
} from './folded-constants.js';
import type { Module } from './project.js';
import { allNodes, type FunctionNode, isFunctionNode, listChildren, parseSource } from './syntax.js';

/** Whether a running function, by its text, was compiled from a function: as far as its numbers, texts and functions show. */
export function isSameCode(module: Module, node: FunctionNode, running: string): boolean {
  const compiled = parseFunction(running);
  if (compiled === undefined || compiled.async !== node.async) return false;
  const shapes = functionShapes(compiled).join();
  return (
    (shapes === functionShapes(node).join() || shapes === functionShapes(node, enumShape).join()) &&
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

/** The numbers of parameters of the function and of each function in it. `others`: those of what becomes a function. */
function functionShapes(node: Node, others: (node: Node) => number[] = () => []): number[] {
  return [...allNodes(node)].flatMap((one) => (isFunctionNode(one) ? [one.params.length] : others(one)));
}

/** Loaders compile an enum to a function that fills an object. */
function enumShape(node: Node): number[] {
  return node.type === 'TSEnumDeclaration' ? [1] : [];
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
  readonly folded: Folded[];
}

/** A compiler keeps the parts, or writes the result. */
interface Folded {
  readonly parts: readonly string[];
  readonly result: string | undefined;
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
    // Loaders write 1e999 by its name.
    if (at.type === 'Identifier' && at.name === 'Infinity') found.push(textOf(Number.POSITIVE_INFINITY));
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
    const folded = sum ?? foldedAt(module, at);
    if (folded !== undefined) {
      found.folded.push(folded);
      if (sum !== undefined) waiting.push(sum.rest);
    } else {
      found.plain.push(...constantsAt(at));
      waiting.push(...comparedChildren(at));
    }
  }
  return found;
}

/** What a compiler may respell: an operation on constants, or a pattern that older engines lack. */
function foldedAt(module: Module, node: Node): Folded | undefined {
  const pattern = newerPattern(node);
  if (pattern !== undefined) return { parts: constantsAt(node), result: pattern };
  if (!isFolded(module, node)) return undefined;
  return {
    parts: isFoldedBoolean(module, node) ? [] : plainConstants(node),
    result: foldedText(module, node),
  };
}

/** Loaders write it as a call of `RegExp` with its text. */
function newerPattern(node: Node): string | undefined {
  const isNewer = node.type === 'Literal' && 'regex' in node && /[uv]/.test(node.regex.flags);
  return isNewer ? textOf(node.regex.pattern) : undefined;
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
