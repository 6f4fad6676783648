import { existsSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFunction } from '../code/find-function.js';
import { locateFunctions, originalPosition } from '../code/function-location.js';
import { LoadedFiles } from '../code/loaded-files.js';
import { Project } from '../code/project.js';
import { isInstalled } from '../code/resolve-specifier.js';
import { scriptFile } from '../code/script-file.js';
import { shownPath, toPlace } from '../code/syntax.js';
import { errorMember } from '../nodes/foreign-value.js';
import { locateAuthorsWith } from './author-place.js';

/**
 * The innermost place of an error's stack in one of the files: `file:line:column`, or the file alone when the stack was not
 * mapped back to it. Undefined when no frame is in one of the files.
 */
export function placeIn(error: unknown, files: readonly string[]): string | undefined {
  const known = new Set(files);
  for (const line of stackLines(error)) {
    // What comes after a frame of the runner called it, and did not throw.
    if (runnerFolders.some((folder) => line.includes(folder))) return undefined;
    const frame = frameOf(line, known);
    if (frame !== undefined) return `${shownPath(frame.path)}${frame.position}`;
  }
  return undefined;
}

/** Files of the strategies that this process loaded: code in them is the author's. */
const loaded = new Set<string>();

export function rememberAuthorFiles(files: readonly string[]): void {
  for (const file of files) loaded.add(file);
  locateAuthorsWith((error) => placeIn(error, [...loaded]));
}

/**
 * A hint with file, line and column of the throw in the author's source; of the function that was called, when the stack
 * has no frame there. `called`: that function.
 */
export function thrownAt(thrown: unknown, called: unknown): { readonly hint?: string } {
  const definition = definitionOf(called);
  const place = placeIn(thrown, [...loaded, ...definition.files]);
  if (place !== undefined) return { hint: `it was thrown at ${place}` };
  if (definition.place === undefined) return {};
  return { hint: `it was thrown by the function at ${definition.place}` };
}

interface Definition {
  /** Undefined when the function is not the author's. */
  readonly place: string | undefined;
  /** The file of the function, and the project files it imports. */
  readonly files: readonly string[];
}

/** Where a function is defined in the author's files. */
function definitionOf(called: unknown): Definition {
  if (typeof called !== 'function') return { place: undefined, files: [] };
  const project = new Project();
  const found = findFunction(project, called, locateFunctions([called])[0], new LoadedFiles(new Map()));
  if (!found.ok || isForeign(found.module.file.path)) return { place: undefined, files: [] };
  const files = project.importedBy([found.module]).map(({ file }) => file.path);
  return {
    place: toPlace(found.module.file, found.node.start),
    files: files.filter((path) => !isForeign(path)),
  };
}

/** This file is two folders below the root of the sources, and of the compiled code. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const runnerFolders = [`${root}sdk${sep}runner${sep}`, new URL('../runner/', import.meta.url).href];
const libraryFolders = ['sdk', 'domain', 'std'].map((folder) => `${root}${folder}${sep}`);

function isForeign(path: string): boolean {
  return isInstalled(path) || libraryFolders.some((folder) => path.startsWith(folder));
}

interface Frame {
  readonly path: string;
  /** `:line:column`; empty when only the position in the compiled text is known. */
  readonly position: string;
}

/** Innermost first, without the message, which may contain lines that look like frames. */
function stackLines(error: unknown): string[] {
  const stack = errorMember(error, 'stack') ?? '';
  const message = errorMember(error, 'message') ?? '';
  const start = stack.indexOf(message);
  return stack.slice(start === -1 ? 0 : start + message.length).split('\n');
}

/** `at name (place:1:2)` or `at place:1:2`. A place may itself contain brackets. */
const named = /^\s*at .*? \((?<url>(?:file:|data:|\/).*):(?<line>\d+):(?<column>\d+)\)$/;
const unnamed = /^\s*(?:at )?(?:async )?(?<url>(?:file:|data:|\/).*?):(?<line>\d+)(?::(?<column>\d+))?$/;

function frameOf(text: string, known: ReadonlySet<string>): Frame | undefined {
  const { url, line, column } = (named.exec(text) ?? unnamed.exec(text))?.groups ?? {};
  if (url === undefined) return undefined;
  if (known.has(realPath(url))) return { path: realPath(url), position: `:${line}:${column ?? 1}` };
  const path = scriptFile(url)?.path;
  if (path === undefined || !known.has(path)) return undefined;
  if (!url.includes('?')) return { path, position: `:${line}:${column ?? 1}` };
  // With the query of a loader, the position is that of the compiled text.
  const original = originalPosition(url, Number(line), Number(column));
  return { path, position: original === undefined ? '' : `:${original.line}:${original.column}` };
}

/** The files of a project are known by their real paths. */
function realPath(path: string): string {
  return path.startsWith('/') && existsSync(path) ? realpathSync(path) : path;
}
