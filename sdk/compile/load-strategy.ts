import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QmtlError } from '../../domain/base/errors.js';
import { shownPath } from '../code/syntax.js';
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
import { isJavaScript, isModuleFile, moduleTypes, shownExtension } from './module-types.js';
import { readProject } from './read-project.js';
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
 * (.ts, .mts, .cts, .js, .mjs, .cjs), with `E_INTERRUPTED` when it is stopped, and with `E_STRATEGY_MODULE` when the module does not export a strategy,
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
  const { entries: files, texts } = readProject(path);
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
  return makeStrategy(found.id, found, { entries: files, texts });
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

async function importModule(path: string, files: readonly string[]): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    if (isJavaScript(path)) return await import(url);
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
