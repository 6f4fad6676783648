import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Problem, QmtlError } from '../../domain/base/errors.js';
import { jsonFaultOffset } from '../../std/json-fault.js';
import { isModule, Project } from '../code/project.js';
import { type SourceFile, shownPath, toPlace } from '../code/syntax.js';
import { readOptions } from '../nodes/checked-argument.js';
import {
  describeThrown,
  describeValue,
  errorMember,
  isForeignQmtlError,
  memberOf,
} from '../nodes/foreign-value.js';
import { abortSignal } from '../nodes/member-kinds.js';
import { makeStrategy } from './define-strategy.js';
import { compilerRefusal, importPlace, missingSpecifier } from './import-fault.js';
import { isModuleFile, moduleTypes, shownExtension } from './module-types.js';
import { unlessStopped } from './stop-signal.js';
import { isStrategy, type Strategy } from './strategy.js';
import { placeIn, rememberAuthorFiles } from './user-frame.js';

/**
 * Options of loading.
 *
 * @example
 * ```ts
 * import type { LoadOptions } from 'qmtl';
 *
 * const options: LoadOptions = { signal: AbortSignal.timeout(10_000) };
 * ```
 */
export interface LoadOptions {
  /** Stops waiting for the module with `E_INTERRUPTED`; code of the module that runs already is not stopped. */
  readonly signal?: AbortSignal;
}

/**
 * Loads the strategy that is the default export of a TypeScript or JavaScript module.
 *
 * Rejects with `E_FILE` when the file does not exist, with `E_USAGE` when it is not TypeScript or JavaScript by its extension
 * (.ts, .mts, .js, .mjs), with `E_INTERRUPTED` when it is stopped, and with `E_STRATEGY_MODULE` when the module does not export a strategy,
 * cannot be parsed, or fails while it is loaded; the latter two with file, line and column. The strategy itself is not checked.
 *
 * @example
 * ```ts
 * import { loadStrategy } from 'qmtl';
 *
 * const strategy = await loadStrategy('strategies/trend.ts');
 * for (const problem of strategy.check()) process.stderr.write(`${problem.message}\n`);
 * ```
 */
export async function loadStrategy(file: string, options: LoadOptions = {}): Promise<Strategy> {
  const signal = readOptions('loadStrategy()', options, ['signal'], (given) =>
    given.optional('signal', abortSignal),
  );
  const path = existingFile(file);
  const stopping = {
    signal,
    subject: `the load of ${shownPath(path)}`,
    whenStopped: 'its module may still be running',
  };
  const files = readProject(path);
  rememberAuthorFiles(files);
  const found = strategyIn(
    await unlessStopped(() => importModule(path, files), stopping, 'before it was done'),
  );
  if (found === undefined) {
    throw new QmtlError('E_STRATEGY_MODULE', `${shownPath(path)} has no strategy as its default export`, {
      hint: "end the file with: export default strategy('my-strategy', { outputs: { … } })",
    });
  }
  // Created again: it may come from another copy of this library, whose errors are not instances of this QmtlError.
  return makeStrategy(found.id, found, files);
}

function existingFile(file: unknown): string {
  if (typeof file !== 'string' || file === '') {
    throw new QmtlError('E_USAGE', `loadStrategy() was given ${describeValue(file)}, not a path`, {
      hint: 'pass the path of a module that exports a strategy; fileURLToPath() makes one of a URL',
    });
  }
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    if (isModuleFile(path)) return realpathSync(path);
    const hint = `pass a strategy module (${moduleTypes}); in lower case`;
    throw new QmtlError('E_USAGE', `${shownPath(path)}: unknown file type ${shownExtension(path)}`, { hint });
  }
  throw new QmtlError('E_FILE', `there is no file ${shownPath(path)}`, {
    hint: 'pass the path of a module that exports a strategy',
  });
}

/** The file and all project files it imports. Refuses files that cannot be parsed or found before anything is executed. */
function readProject(path: string): string[] {
  const project = new Project();
  const entry = project.module(path);
  if (!isModule(entry)) throw syntaxError([entry]);
  const modules = project.importedBy([entry]);
  const imports = modules.flatMap((module) => module.imports.map((one) => ({ module, ...one })));
  const faults = imports.flatMap(({ module, specifier, offset }) => {
    const resolved = project.resolve(module, specifier);
    const relative = specifier.startsWith('.');
    if (resolved.kind === 'unresolved' && relative) {
      return [sourceFault(module.file, offset, `cannot be imported: ${resolved.reason}`)];
    }
    if (resolved.kind !== 'file') return [];
    if (resolved.path.endsWith('.json')) return jsonFaults(resolved.path);
    const imported = project.module(resolved.path);
    return isModule(imported) ? [] : [imported];
  });
  if (faults.length > 0) throw syntaxError([...new Map(faults.map((one) => [one.place, one])).values()]);
  return modules.map((module) => module.file.path);
}

function jsonFaults(path: string): SourceFault[] {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const offset = jsonFaultOffset(text);
  return offset === undefined
    ? []
    : [sourceFault({ path, text }, offset, 'cannot be parsed: it is not JSON')];
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

async function importModule(path: string, files: readonly string[]): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    const isJavaScript = /\.m?js$/.test(path);
    if (isJavaScript) return await import(url);
    // Imported here, so that the compiler is loaded for TypeScript only.
    const { tsImport } = await import('tsx/esm/api');
    return await tsImport(url, { parentURL: import.meta.url });
  } catch (error) {
    throw loadError(path, files, error);
  }
}

/** The error the module threw, with the place in the author's code. */
function loadError(path: string, files: readonly string[], error: unknown): QmtlError {
  const refusal = compilerRefusal(error);
  const place = importPlace(error, files) ?? placeIn(error, files) ?? refusal?.place ?? shownPath(path);
  if (isForeignQmtlError(error)) {
    const { code, message, hint, problems } = error;
    return new QmtlError(code, `${place}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      problems,
      cause: error,
    });
  }
  const what = refusal?.reason ?? described(error);
  return new QmtlError('E_STRATEGY_MODULE', `${place}: the module failed while it was loaded: ${what}`, {
    hint: hintFor(what, missingSpecifier(error)),
    cause: error,
  });
}

/** Class and whole message: a compiler states the reason after the first line. The loader's marks on file names are removed. */
function described(error: unknown): string {
  const what = describeThrown(error, { keepLines: true });
  const name = errorMember(error, 'stack') === undefined ? undefined : errorMember(error, 'name');
  const isBare = name === undefined || errorMember(error, 'message') === undefined;
  return (isBare ? what : `${name}: ${what}`).replaceAll(/\?namespace=[0-9a-f-]+|\nRequire stack:.*$/gs, '');
}

/** `missing`: the specifier that was not found, if that is the fault. */
function hintFor(what: string, missing: string | undefined): string {
  // Node, or the compiler, refused the syntax of a module in a file that it treats as CommonJS.
  if (
    /import statement outside a module|Top-level await is currently not supported with the "cjs"/.test(what)
  ) {
    return 'write "type": "module" in package.json, or name the file .mts or .mjs';
  }
  if (/does not provide an export|Named export '.*' not found/.test(what)) {
    return 'correct the name, or export it there';
  }
  if (missing === undefined) return 'fix the module';
  if (/^[./]|^file:/.test(missing)) return 'correct the path, or create the file';
  return `install it: npm install ${/^(?:@[^/]+\/)?[^/]+/.exec(missing)?.[0] ?? missing}`;
}

/** The default export; in a CommonJS module it is one level deeper. */
function strategyIn(module: unknown): Strategy | undefined {
  const exported = memberOf(module, 'default');
  const candidates = [exported, memberOf(exported, 'default')];
  return candidates.find(isStrategy);
}
