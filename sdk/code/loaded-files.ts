import { statSync } from 'node:fs';
import { CompiledText } from './compiled-code.js';
import type { CodeDefinition } from './definitions.js';
import { type Script, sourceIndex, withScripts } from './function-location.js';
import { scriptFile } from './script-file.js';
import { shownPath } from './syntax.js';

/** A file as the analysis reads it. */
export interface ReadFile {
  readonly path: string;
  readonly text: string;
}

/** How the file of a compute function was loaded; the files it imports were loaded in the same way. */
export interface Loading {
  /** What the loader appended to the names of the files, as in the URLs of their scripts. */
  readonly load: string;
  /** The engine has the file itself, or what a tool made of it while it was loaded; else it was built before. */
  readonly isDirect: boolean;
}

/**
 * Knows whether files are still what this process loaded: the analysis reads them from the disk, and they may have changed
 * there since.
 */
export class LoadedFiles {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #old = new Map<string, boolean>();
  readonly #comparisons = new Map<string, 'same' | 'changed' | 'unknown' | CompiledText[]>();

  /** `texts`: of files that were read just before they were loaded, by path. */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** The text of a file when it was loaded, when that was noted. */
  knownText(path: string, { isDirect }: Loading): string | undefined {
    return isDirect ? this.#texts.get(path) : undefined;
  }

  /**
   * Why a file may not be what was loaded; undefined when it is. `code`: the definitions of the file that are analysed, when
   * it is code.
   */
  faultOf(file: ReadFile, loading: Loading, code: readonly CodeDefinition[] = []): string | undefined {
    if (this.isUnchanged(file, loading)) return undefined;
    const key = `${file.path}\n${loading.load}`;
    const comparison = this.#comparisons.get(key) ?? this.#compare(file, loading);
    this.#comparisons.set(key, comparison);
    if (comparison === 'same') return undefined;
    if (comparison === 'unknown') {
      // What is executed is the text that is analysed, also when it is newer; the first bars of a run show another value.
      const noted = this.#texts.get(file.path) ?? file.text;
      if (file.path.endsWith('.json') && noted === file.text) return undefined;
      return `${shownPath(file.path)}, of which this process may have loaded an earlier version`;
    }
    const isSame =
      comparison !== 'changed' &&
      code.every(({ module, node }) => comparison.every((one) => one.holds(module, node)));
    return isSame ? undefined : `${shownPath(file.path)}, which has changed since it was loaded`;
  }

  /** What the engine has decides; of compiled texts only their constants and functions can be compared. */
  #compare(file: ReadFile, loading: Loading): 'same' | 'changed' | 'unknown' | CompiledText[] {
    if (this.knownText(file.path, loading) !== undefined) return 'changed';
    const scripts = scriptsOf(file, loading);
    if (scripts.length === 0) return 'unknown';
    const texts = scripts.map((script) =>
      script.sourceMap === undefined ? script.text : sourceContent(script, file.path),
    );
    if (texts.some((text) => text !== undefined && text !== file.text)) return 'changed';
    const compiled = scripts.filter((_, index) => texts[index] === undefined);
    if (compiled.length > 0 && file.path.endsWith('.json')) return 'unknown';
    return compiled.length === 0 ? 'same' : compiled.map(({ text }) => new CompiledText(text));
  }

  /** Whether a file is certainly what was loaded, without a look at what the engine has. */
  isUnchanged({ path, text }: ReadFile, loading: Loading): boolean {
    const known = this.knownText(path, loading);
    return known === undefined ? loading.isDirect && this.#isOld(path) : known === text;
  }

  /** Asked once: the text that is compared was read once as well. */
  #isOld(path: string): boolean {
    const isOld = this.#old.get(path) ?? isOlderThanProcess(path);
    this.#old.set(path, isOld);
    return isOld;
  }
}

/** What was not changed since the process began is what it loaded, whenever that was. */
function isOlderThanProcess(path: string): boolean {
  const { ctimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { ctimeMs: Number.POSITIVE_INFINITY };
  return ctimeMs < performance.timeOrigin;
}

/** The scripts of a file; of several loads those of the load that is analysed, if it is among them. */
function scriptsOf({ path }: ReadFile, { load }: Loading): Script[] {
  const scripts = withScripts((all) => {
    const direct = all.of(path);
    return direct.length > 0 ? direct : all.compiledFrom(path);
  });
  const together = scripts.filter(({ url }) => scriptFile(url)?.load === load);
  return together.length > 0 ? together : scripts;
}

/** The text of a file according to the tool that compiled it. */
export function sourceContent(script: Script, path: string): string | undefined {
  const content: unknown = script.sourceMap?.payload.sourcesContent?.[sourceIndex(script, path)];
  return typeof content === 'string' ? content : undefined;
}

/** What to do about a file that has changed. */
export const againHint = 'load the strategy again, in a new process';
