import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { originalPosition } from '../code/function-location.js';
import { shownPath } from '../code/place.js';

/**
 * The innermost place in one of the files that an error came through: `file:line:column`, or the file alone when the
 * stack was not translated back to it. Undefined when it came through none.
 */
export function placeIn(error: unknown, files: readonly string[]): string | undefined {
  return shown(framesOf(error).find(({ path }) => files.includes(path)));
}

/** The innermost place in code that is neither of this library, nor of a package, nor of Node: the author's own. */
export function authorPlace(error: unknown): string | undefined {
  return shown(framesOf(error).find(({ path }) => !isForeign(path)));
}

/** This file is two folders below the root of the sources, and of what they are compiled to. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const libraryFolders = ['sdk', 'domain', 'std'].map((folder) => `${root}${folder}${sep}`);

function isForeign(path: string): boolean {
  return (
    path.includes(`${sep}node_modules${sep}`) || libraryFolders.some((folder) => path.startsWith(folder))
  );
}

interface Frame {
  readonly path: string;
  /** `:line:column`, or nothing when it would be that of compiled text. */
  readonly position: string;
}

function shown(frame: Frame | undefined): string | undefined {
  return frame === undefined ? undefined : `${shownPath(frame.path)}${frame.position}`;
}

/** A text of an error, whatever copy of whatever class it is of: authors' code may throw anything. */
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
  // A loader's query stands in the place of what was executed, not of what was written.
  const original = originalPosition(url, Number(line), Number(column));
  return { path, position: original === undefined ? '' : `:${original.line}:${original.column}` };
}

/** The file of a frame: itself, or the one a loader says it was made from. */
function pathOf(url: string): string | undefined {
  const [place = '', query = ''] = url.split(/\?(?!.*\?)/s);
  if (place.startsWith('file:')) return fileURLToPath(place);
  if (place.startsWith('/')) return place;
  const file = new URLSearchParams(query).get('filePath');
  return file === null ? undefined : file.split('?', 1)[0];
}
