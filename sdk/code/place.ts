import { isAbsolute, relative } from 'node:path';
import { positionOf, type SourceFile } from './syntax.js';

/** `file:line:column`, both from 1; the file relative to the working directory when it is below it. */
export function placeOf(file: Pick<SourceFile, 'path' | 'text'>, offset: number): string {
  const { line, column } = positionOf(file.text, offset);
  return `${shownPath(file.path)}:${line}:${column}`;
}

export function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}
