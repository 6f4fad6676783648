import { existsSync } from 'node:fs';
import type { SourceMapping } from 'node:module';
import type { Node } from 'oxc-parser';
import { type FunctionLocation, type Script, sourcePath } from './function-location.js';
import type { Loading } from './loaded-files.js';
import { scriptFile } from './script-file.js';
import { listChildren, toOffset } from './syntax.js';

/** Where a running function was written. */
export interface Place {
  readonly script: Script;
  readonly path: string;
  /** Offsets of some tokens of the function from its parameters on, in the text of the file. */
  readonly offsets: (text: string) => number[];
  /** Where these tokens are in the text of the function, as the engine has it. */
  readonly running: readonly number[];
  readonly isMapped: boolean;
  readonly loading: Loading;
}

/** `running`: the text of the function, as the engine has it. Undefined when it is not of a file. */
export function originalPlace(location: FunctionLocation, running: string): Place | undefined {
  const { script, line, column } = location;
  const file = scriptFile(script.url);
  const all = mappedTokens(location, running);
  const first = all[0]?.entry;
  const load = file?.load ?? '';
  if (first === undefined) {
    if (file === undefined || !existsSync(file.path)) return undefined;
    const offsets = (text: string): number[] => [toOffset(text, line, column) ?? -1];
    const loading = { load, isDirect: true };
    return { script, path: file.path, offsets, running: [], isMapped: false, loading };
  }
  const path = sourcePath(first.originalSource, file?.path);
  if (!existsSync(path)) return undefined;
  const tokens = all.filter(({ entry }) => entry.originalSource === first.originalSource);
  return {
    script,
    path,
    offsets: (text) =>
      tokens.map(({ entry }) => toOffset(text, entry.originalLine, entry.originalColumn) ?? -1),
    running: tokens.map(({ at }) => at),
    isMapped: true,
    loading: { load, isDirect: path === file?.path },
  };
}

/**
 * The entries of the source map from the parameters of the function to its end. One token is not enough: maps omit the
 * brackets of some functions, and would then lead to the function around them.
 */
function mappedTokens(location: FunctionLocation, running: string): MappedToken[] {
  const { text, sourceMap } = location.script;
  if (sourceMap === undefined) return [];
  const start = toOffset(text, location.line, location.column) ?? 0;
  const begin = text.lastIndexOf(running, start);
  const end = begin + running.length;
  const tokens = new Map<string, MappedToken>();
  let { line, column } = location;
  for (let offset = start; offset < end; offset += 1) {
    const entry = sourceMap.findEntry(line, column);
    // An entry that begins earlier belongs to the code before the function.
    if (isMapping(entry) && entry.generatedLine === line && entry.generatedColumn === column) {
      tokens.set(`${line}:${column}`, { entry, at: offset - begin });
    }
    const isLineEnd = text[offset] === '\n';
    line += isLineEnd ? 1 : 0;
    column = isLineEnd ? 0 : column + 1;
  }
  return [...tokens.values()];
}

interface MappedToken {
  readonly entry: SourceMapping;
  /** In the text of the function. */
  readonly at: number;
}

/** Entries of a map may have no source. */
function isMapping(entry: SourceMapping | object): entry is SourceMapping {
  return 'originalSource' in entry && typeof entry.originalSource === 'string';
}

/** The nodes that contain the tokens between two offsets, from outermost to innermost. */
export function nodesAround(node: Node, first: number, last: number): Node[] {
  const inside = listChildren(node).filter(({ start, end }) => start <= first && last < end);
  return [node, ...inside.flatMap((child) => nodesAround(child, first, last))];
}
