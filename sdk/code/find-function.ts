import { existsSync, realpathSync } from 'node:fs';
import type { SourceMap, SourceMapping } from 'node:module';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import type { FunctionLocation } from './function-location.js';
import { isModule, type Module, type Project } from './project.js';
import {
  allNodes,
  type FunctionNode,
  isFunctionNode,
  listChildren,
  parseSource,
  toOffset,
} from './syntax.js';

/** A compute function in its author's source, or the reason why it cannot be found there. */
export type FoundFunction =
  | { readonly ok: true; readonly module: Module; readonly node: FunctionNode }
  | { readonly ok: false; readonly reason: string };

/** Finds the source of a running function, and verifies that it is the source of the running code. */
export function findFunction(
  project: Project,
  compute: object,
  location: FunctionLocation | undefined,
): FoundFunction {
  if (location === undefined) return refused('it has no source: it is a built-in or bound function');
  const running = Function.prototype.toString.call(compute);
  const place = originalPlace(location, running);
  if (place === undefined) return refused(`${location.script.url || 'eval'} is not a file`);
  const module = project.module(place.path);
  if (!isModule(module)) return refused(`${module.place} ${module.message}`);
  if (place.loadedText !== undefined && place.loadedText !== module.file.text) {
    return refused(`${place.path} has changed since it was loaded`);
  }
  const node = functionAround(module, place.offsets(module.file.text));
  if (node === undefined) return refused(`there is no function at its position in ${place.path}`);
  const matches = place.isMapped ? isSameCode(node, running) : isSameText(module, node, running);
  return matches
    ? { ok: true, module, node }
    : refused(`${place.path} is not the source of the running function`);
}

interface Place {
  readonly path: string;
  /** Offsets of some tokens of the function from its parameters on, in the text of the file. */
  readonly offsets: (text: string) => number[];
  /** Text of the file according to the tool that loaded it. */
  readonly loadedText: string | undefined;
  readonly isMapped: boolean;
}

function originalPlace(location: FunctionLocation, running: string): Place | undefined {
  const { script, line, column } = location;
  const path = filePath(script.url);
  const mapped =
    script.sourceMap === undefined ? undefined : mappedPlace(script.sourceMap, path, location, running);
  if (mapped !== undefined) return mapped;
  if (path === undefined || !existsSync(path)) return undefined;
  const offsets = (text: string): number[] => [toOffset(text, line, column) ?? -1];
  return { path: realpathSync(path), offsets, loadedText: undefined, isMapped: false };
}

function mappedPlace(
  sourceMap: SourceMap,
  script: string | undefined,
  location: FunctionLocation,
  running: string,
): Place | undefined {
  const [first, ...more] = mappedTokens(sourceMap, location, running);
  if (first === undefined) return undefined;
  const path = originalPath(first.originalSource, script);
  if (!existsSync(path)) return undefined;
  const { sources, sourcesContent } = sourceMap.payload;
  const loadedText: unknown = sourcesContent?.[sources.indexOf(first.originalSource)];
  const tokens = [first, ...more].filter(({ originalSource }) => originalSource === first.originalSource);
  return {
    path: realpathSync(path),
    offsets: (text) => tokens.map((one) => toOffset(text, one.originalLine, one.originalColumn) ?? -1),
    loadedText: typeof loadedText === 'string' ? loadedText : undefined,
    isMapped: true,
  };
}

/**
 * The entries of the source map from the parameters of the function to its end. One token is not enough: maps omit the
 * brackets of some functions, and would then lead to the function around them.
 */
function mappedTokens(sourceMap: SourceMap, location: FunctionLocation, running: string): SourceMapping[] {
  const { text } = location.script;
  const start = toOffset(text, location.line, location.column) ?? 0;
  const end = text.lastIndexOf(running, start) + running.length;
  const tokens = new Map<string, SourceMapping>();
  let { line, column } = location;
  for (let offset = start; offset < end; offset += 1) {
    const entry = sourceMap.findEntry(line, column);
    // An entry that begins earlier belongs to the code before the function.
    if (isMapping(entry) && entry.generatedLine === line && entry.generatedColumn === column) {
      tokens.set(`${line}:${column}`, entry);
    }
    const isLineEnd = text[offset] === '\n';
    line += isLineEnd ? 1 : 0;
    column = isLineEnd ? 0 : column + 1;
  }
  return [...tokens.values()];
}

/** Entries of a map may have no source. */
function isMapping(entry: SourceMapping | object): entry is SourceMapping {
  return 'originalSource' in entry && typeof entry.originalSource === 'string';
}

function originalPath(source: string, script: string | undefined): string {
  if (source.startsWith('file:')) return fileURLToPath(source);
  return isAbsolute(source) || script === undefined ? source : resolve(dirname(script), source);
}

function filePath(scriptUrl: string): string | undefined {
  if (isAbsolute(scriptUrl)) return scriptUrl;
  return scriptUrl.startsWith('file:') ? fileURLToPath(scriptUrl.replace(/[?#].*$/s, '')) : undefined;
}

/** The innermost function that contains all offsets. For a method its property counts, to which a map may point. */
function functionAround(module: Module, offsets: readonly number[]): FunctionNode | undefined {
  const first = Math.min(...offsets);
  const last = Math.max(...offsets);
  const functions = nodesAround(module.file.program, first, last).flatMap((node) => {
    const held = node.type === 'Property' || node.type === 'MethodDefinition' ? node.value : node;
    return isFunctionNode(held) && last <= held.end ? [held] : [];
  });
  return functions.at(-1);
}

/** From outermost to innermost. */
function nodesAround(node: Node, first: number, last: number): Node[] {
  const inside = listChildren(node).filter(({ start, end }) => start <= first && last < end);
  return [node, ...inside.flatMap((child) => nodesAround(child, first, last))];
}

/** For a file that was not compiled: the engine has its exact text, from `async`, `function`, the key or the parameters on. */
function isSameText(module: Module, node: FunctionNode, running: string): boolean {
  const holder = module.scopes.parentOf(node) ?? node;
  return (
    module.file.text.slice(holder.start, node.end).endsWith(running) &&
    running.length >= node.end - node.start
  );
}

/** For a compiled file: compilers keep all functions, parameters and constants, and may add constants. */
function isSameCode(node: FunctionNode, running: string): boolean {
  const compiled = parseFunction(running);
  if (compiled === undefined || compiled.async !== node.async) return false;
  const known = constantsOf(compiled);
  return (
    functionShapes(compiled).join() === functionShapes(node).join() &&
    [...constantsOf(node)].every(([constant, count]) => (known.get(constant) ?? 0) >= count)
  );
}

/** The numbers of parameters of the function and of each function in it. */
function functionShapes(node: Node): number[] {
  return [...allNodes(node)].flatMap((one) => (isFunctionNode(one) ? [one.params.length] : []));
}

/** The result of `toString` is an expression or a method. */
function parseFunction(text: string): FunctionNode | undefined {
  for (const wrapped of [`(${text})`, `({${text}})`, `(class{${text}})`]) {
    const source = parseSource('compiled.js', wrapped);
    if (source.ok) return firstFunction(source.file.program);
  }
  return undefined;
}

function firstFunction(node: Node): FunctionNode | undefined {
  if (isFunctionNode(node)) return node;
  for (const child of listChildren(node)) {
    const found = firstFunction(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The number of occurrences of each constant, except keys, directives and booleans: compilers respell them. */
function constantsOf(node: Node): Map<string, number> {
  const counts = new Map<string, number>();
  const waiting: Node[] = [node];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const around = at;
    const constant = constantOf(around);
    if (constant !== undefined) counts.set(constant, (counts.get(constant) ?? 0) + 1);
    waiting.push(...listChildren(around).filter((child) => !isRespelled(around, child)));
  }
  return counts;
}

function isRespelled(node: Node, child: Node): boolean {
  if (child.type !== 'Literal') return false;
  if (node.type === 'ExpressionStatement') return true;
  return (
    ('key' in node && node.key === child) || (node.type === 'MemberExpression' && node.property === child)
  );
}

function constantOf(node: Node): string | undefined {
  if (node.type === 'TemplateElement') return `string ${node.value.cooked}`;
  if (node.type !== 'Literal') return undefined;
  if ('regex' in node) return `regex ${node.regex.pattern}`;
  if ('bigint' in node) return `bigint ${node.bigint}`;
  return typeof node.value === 'number' || typeof node.value === 'string'
    ? `${typeof node.value} ${node.value}`
    : undefined;
}

function refused(reason: string): FoundFunction {
  return { ok: false, reason };
}
