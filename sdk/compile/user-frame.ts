import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { originalPosition } from '../code/function-location.js';
import { shownPath } from '../code/syntax.js';

/**
 * The innermost place of an error's stack in one of the files: `file:line:column`, or the file alone when the stack was not
 * mapped back to it. Undefined when no frame is in one of the files.
 */
export function placeIn(error: unknown, files: readonly string[]): string | undefined {
  return shown(framesOf(error).find(({ path }) => files.includes(path)));
}

/** The innermost place in the author's code: not in this library, a package or Node. */
export function authorPlace(error: unknown): string | undefined {
  return shown(framesOf(error).find(({ path }) => !isForeign(path)));
}

/** This file is two folders below the root of the sources, and of the compiled code. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const libraryFolders = ['sdk', 'domain', 'std'].map((folder) => `${root}${folder}${sep}`);

function isForeign(path: string): boolean {
  return (
    path.includes(`${sep}node_modules${sep}`) || libraryFolders.some((folder) => path.startsWith(folder))
  );
}

interface Frame {
  readonly path: string;
  /** `:line:column`; empty when only the position in the compiled text is known. */
  readonly position: string;
}

function shown(frame: Frame | undefined): string | undefined {
  return frame === undefined ? undefined : `${shownPath(frame.path)}${frame.position}`;
}

/** A text member of an error of any class, from any copy of it: authors' code may throw anything. */
export function errorMember(error: unknown, name: 'message' | 'name' | 'stack'): string | undefined {
  const text: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Innermost first. */
function framesOf(error: unknown): Frame[] {
  return (errorMember(error, 'stack') ?? '').split('\n').flatMap((line) => frameOf(line) ?? []);
}

const location = /(?:^|[\s(])(?<url>data:.*|(?:file:|\/)[^()]*?):(?<line>\d+):(?<column>\d+)\)?$/;

function frameOf(text: string): Frame | undefined {
  const { url, line, column } = location.exec(text)?.groups ?? {};
  if (url === undefined) return undefined;
  const path = pathOf(url);
  if (path === undefined) return undefined;
  if (!url.includes('?')) return { path, position: `:${line}:${column}` };
  // With the query of a loader, the position is that of the compiled text.
  const original = originalPosition(url, Number(line), Number(column));
  return { path, position: original === undefined ? '' : `:${original.line}:${original.column}` };
}

/** The file of a frame, or the source that a loader names for it. */
function pathOf(url: string): string | undefined {
  const [place = '', query = ''] = url.split(/\?(?!.*\?)/s);
  if (place.startsWith('file:')) return fileURLToPath(place);
  if (place.startsWith('/')) return place;
  const file = new URLSearchParams(query).get('filePath');
  return file === null ? undefined : file.split('?', 1)[0];
}

/** The message of an error thrown by the author's code. */
export function describeThrown(thrown: unknown): string {
  return errorMember(thrown, 'message') ?? String(thrown);
}

/** A hint with file, line and column of the throw in the author's source; empty when the place is unknown. */
export function thrownAt(thrown: unknown): { readonly hint?: string } {
  const place = authorPlace(thrown);
  return place === undefined ? {} : { hint: `it was thrown at ${place}` };
}
