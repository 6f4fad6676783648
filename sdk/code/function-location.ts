import { existsSync, realpathSync } from 'node:fs';
import { Session } from 'node:inspector';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPlainObject } from '../../std/json.js';
import { type CodeLocation, viewObjects } from '../../std/node/debugger-view.js';
import { scriptFile } from './script-file.js';

/** The location of a function in the engine: its compiled script, and the position of its parameters there (from 0). */
export interface FunctionLocation {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
}

/** A text that the engine compiled. */
export interface Script {
  readonly id: string;
  readonly url: string;
  readonly text: string;
  /** Set when a tool that embeds its source map (tsx, vitest) compiled the text from other files. */
  readonly sourceMap: SourceMap | undefined;
}

/**
 * Asks the engine, through its inspector, where functions were defined. This is exact, whatever code called `node()`, and also
 * for functions created by factories. Undefined for functions without source: bound and built-in ones.
 *
 * The session is closed after the request; no port is opened and nothing is paused.
 */
export function locateFunctions(functions: readonly object[]): (FunctionLocation | undefined)[] {
  return withScripts((scripts) =>
    rawLocations(functions).map((raw) => {
      const script = raw === undefined ? undefined : scripts.script(raw.scriptId);
      return raw === undefined || script === undefined
        ? undefined
        : { script, line: raw.line, column: raw.column };
    }),
  );
}

/**
 * Maps a position in compiled text to the author's file (both from 1). Undefined unless the text was compiled by a tool that
 * embeds its source map.
 */
export function originalPosition(
  url: string,
  line: number,
  column: number,
): { readonly source: string; readonly line: number; readonly column: number } | undefined {
  const sourceMap = withScripts((scripts) => scripts.named(url)?.sourceMap);
  const origin = sourceMap?.findOrigin(line, column);
  return origin === undefined || !('fileName' in origin)
    ? undefined
    : { source: origin.fileName, line: origin.lineNumber, column: origin.columnNumber };
}

let kept: Scripts | undefined;

/** What `read` makes of the scripts of the process. */
export function withScripts<T>(read: (scripts: Scripts) => T): T {
  const scripts = kept ?? new Scripts();
  try {
    return read(scripts);
  } finally {
    scripts.close();
  }
}

/** Keeps the list of scripts during `work`, which loads none: the engine lists all of them, also those of every package. */
export function keepingScripts<T>(work: () => T): T {
  if (kept !== undefined) return work();
  kept = new Scripts();
  try {
    return work();
  } finally {
    kept = undefined;
  }
}

/**
 * The scripts of the process; texts are fetched on demand. The session with the inspector lasts only until it is closed, because
 * the engine executes some code slowly meanwhile.
 */
export class Scripts {
  #session: Session | undefined;
  #listed: Map<string, { readonly url: string; readonly sourceMapUrl: string }> | undefined;
  readonly #scripts = new Map<string, Script>();

  get #known(): ReadonlyMap<string, { readonly url: string; readonly sourceMapUrl: string }> {
    if (this.#listed === undefined) this.#open();
    return this.#listed ?? new Map();
  }

  #open(): Session {
    if (this.#session !== undefined) return this.#session;
    const session = new Session();
    session.connect();
    this.#session = session;
    const listed = new Map<string, { readonly url: string; readonly sourceMapUrl: string }>();
    this.#listed = listed;
    session.on('Debugger.scriptParsed', ({ params }) => {
      listed.set(params.scriptId, { url: params.url, sourceMapUrl: params.sourceMapURL ?? '' });
    });
    session.post('Debugger.enable');
    return session;
  }

  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
  }

  /** The newest script with this URL: a file may have been loaded more than once. */
  named(url: string): Script | undefined {
    const ids = [...this.#known].filter(([, known]) => known.url === url).map(([id]) => id);
    const newest = ids.at(-1);
    return newest === undefined ? undefined : this.script(newest);
  }

  /** Those that were loaded from a file. */
  of(path: string): Script[] {
    const name = basename(path);
    const names = [name, encodeURIComponent(name), encodeURI(name)];
    return [...this.#known].flatMap(([id, { url }]) => {
      // Paths are looked up for the few scripts that may have this one.
      const isNamed = names.some((one) => url.includes(one)) && scriptFile(url)?.path === path;
      return isNamed ? (this.script(id) ?? []) : [];
    });
  }

  /** Those that a tool compiled from a file, among others, and says so in their source map. */
  compiledFrom(path: string): Script[] {
    return [...this.#known].flatMap(([id, { sourceMapUrl }]) => {
      const isMapped = sourceMapUrl.startsWith('data:') && textOfMap(sourceMapUrl)?.includes(basename(path));
      const script = isMapped === true ? this.script(id) : undefined;
      return script !== undefined && sourceIndex(script, path) !== -1 ? [script] : [];
    });
  }

  urlOf(id: string | undefined): string | undefined {
    return id === undefined ? undefined : this.#known.get(id)?.url;
  }

  script(id: string): Script | undefined {
    const known = this.#known.get(id);
    if (known === undefined || this.#scripts.has(id)) return this.#scripts.get(id);
    this.#open().post('Debugger.getScriptSource', { scriptId: id }, (_error, source) => {
      const sourceMap = embeddedSourceMap(known.sourceMapUrl);
      this.#scripts.set(id, { id, url: known.url, text: source?.scriptSource ?? '', sourceMap });
    });
    return this.#scripts.get(id);
  }
}

function rawLocations(functions: readonly object[]): (CodeLocation | undefined)[] {
  const found: (CodeLocation | undefined)[] = functions.map(() => undefined);
  viewObjects(functions, (index, view) => {
    found[index] = view.location();
  });
  return found;
}

/** The position of a file among the sources of a script; -1 when it is none. */
export function sourceIndex({ url, sourceMap }: Pick<Script, 'url' | 'sourceMap'>, path: string): number {
  const script = scriptFile(url)?.path;
  const sources: readonly unknown[] = sourceMap?.payload.sources ?? [];
  return sources.findIndex((source) => typeof source === 'string' && sourcePath(source, script) === path);
}

/** The real path of a source that a map names. */
export function sourcePath(source: string, script: string | undefined): string {
  const isUrl = source.startsWith('file:') && URL.canParse(source);
  const named = isUrl ? fileURLToPath(source) : source;
  const path = isAbsolute(named) || script === undefined ? named : resolve(dirname(script), named);
  return isAbsolute(path) && existsSync(path) ? realpathSync(path) : path;
}

/** A map in a separate file is not used: then the script itself counts as the author's source. */
function embeddedSourceMap(url: string): SourceMap | undefined {
  const text = textOfMap(url);
  const payload: unknown = text === undefined ? undefined : JSON.parse(text);
  return isSourceMapPayload(payload) ? new SourceMap(payload) : undefined;
}

function textOfMap(url: string): string | undefined {
  const data = /^data:application\/json[^,]*;base64,(.*)$/s.exec(url)?.[1];
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
}

function isSourceMapPayload(value: unknown): value is SourceMapPayload {
  return isPlainObject(value) && typeof value.mappings === 'string' && Array.isArray(value.sources);
}
