import { readFileSync } from 'node:fs';
import { type Problem, QmtlError } from '../../domain/base/errors.js';
import { jsonFaultOffset } from '../../std/json-fault.js';
import type { LoadedProject } from '../code/code-analysis.js';
import type { ReadFile } from '../code/loaded-files.js';
import { isModule, type Module, Project } from '../code/project.js';
import { type SourceFile, toPlace } from '../code/syntax.js';
import { isJavaScript } from './module-types.js';

/**
 * The file and all project files it imports, before they are loaded. Refuses files that cannot be parsed or found before
 * anything is executed.
 */
export function readProject(path: string): LoadedProject {
  const project = new Project();
  const entry = project.module(path);
  if (!isModule(entry)) throw syntaxError([entry]);
  const modules = project.importedBy([entry]);
  const imported = modules.flatMap((module) => module.imports.map((one) => importOf(project, module, one)));
  const faults = imported.flatMap(({ fault }) => fault ?? []);
  if (faults.length > 0) throw syntaxError([...new Map(faults.map((one) => [one.place, one])).values()]);
  const data = imported.flatMap(({ json }) => json ?? []);
  return { entries: modules.map(({ file }) => file.path), texts: loadedTexts(path, modules, data) };
}

interface Imported {
  readonly fault?: SourceFault | undefined;
  readonly json?: ReadFile;
}

function importOf(
  project: Project,
  module: Module,
  { specifier, offset }: Module['imports'][number],
): Imported {
  const resolved = project.resolve(module, specifier);
  if (resolved.kind === 'unresolved' && specifier.startsWith('.')) {
    return { fault: sourceFault(module.file, offset, `cannot be imported: ${resolved.reason}`) };
  }
  if (resolved.kind !== 'file') return {};
  if (resolved.path.endsWith('.json')) {
    const json = { path: resolved.path, text: readFileSync(resolved.path, 'utf8') };
    return { fault: jsonFault(json), json };
  }
  const imported = project.module(resolved.path);
  return isModule(imported) ? {} : { fault: imported };
}

/**
 * tsx loads every file again, so its text is that of now. Node may have loaded a file before: what it has of a script can be
 * compared with the file, but it keeps no text of JSON.
 */
function loadedTexts(
  path: string,
  modules: readonly Module[],
  data: readonly ReadFile[],
): Map<string, string> {
  const isFresh = !isJavaScript(path);
  const code = isFresh ? modules.map(({ file }) => file) : [];
  const texts = new Map([...code, ...data].map((one) => [one.path, one.text]));
  if (!isFresh) for (const one of data) texts.set(one.path, firstText(one));
  return texts;
}

/** Texts of JSON files that Node loaded: it does so once in a process, and the engine does not have them. */
const firstTexts = new Map<string, string>();

function firstText({ path, text }: ReadFile): string {
  const known = firstTexts.get(path) ?? text;
  firstTexts.set(path, known);
  return known;
}

function jsonFault({ path, text: read }: ReadFile): SourceFault | undefined {
  const text = read.replace(/^\uFEFF/, '');
  const offset = jsonFaultOffset(text);
  return offset === undefined
    ? undefined
    : sourceFault({ path, text }, offset, 'cannot be parsed: it is not JSON');
}

interface SourceFault {
  readonly place: string;
  readonly message: string;
  readonly line: string;
}

function sourceFault(file: Pick<SourceFile, 'path' | 'text'>, offset: number, message: string): SourceFault {
  const start = file.text.lastIndexOf('\n', offset - 1) + 1;
  const line = file.text.slice(start).split('\n', 1)[0] ?? '';
  return { place: toPlace(file, offset), message, line };
}

function syntaxError(faults: readonly SourceFault[]): QmtlError {
  const problems = faults.map(({ place, message, line }): Problem => {
    const hint = `the line is: ${line.trim()}`;
    return { code: 'E_STRATEGY_MODULE', path: '', message: `${place}: ${message}`, hint };
  });
  const [first] = problems;
  return new QmtlError('E_STRATEGY_MODULE', first?.message ?? 'the module cannot be loaded', {
    ...(first === undefined ? {} : { hint: first.hint }),
    problems,
  });
}
