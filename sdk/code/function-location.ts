import { Session } from 'node:inspector';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { isPlainObject } from '../../std/json.js';

/** The location of a function in the engine: its compiled script, and the position of its parameters there (from 0). */
export interface FunctionLocation {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
}

/** A text that the engine compiled. */
interface Script {
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
  const session = new Session();
  session.connect();
  try {
    const scripts = new Scripts(session);
    return rawLocations(session, functions).map((raw) => {
      const script = raw === undefined ? undefined : scripts.script(raw.scriptId);
      return raw === undefined || script === undefined
        ? undefined
        : { script, line: raw.line, column: raw.column };
    });
  } finally {
    session.disconnect();
  }
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
  const session = new Session();
  session.connect();
  try {
    const sourceMap = new Scripts(session).named(url)?.sourceMap;
    const origin = sourceMap?.findOrigin(line, column);
    return origin === undefined || !('fileName' in origin)
      ? undefined
      : { source: origin.fileName, line: origin.lineNumber, column: origin.columnNumber };
  } finally {
    session.disconnect();
  }
}

/** The scripts of the process; texts are fetched on demand. */
class Scripts {
  readonly #session: Session;
  readonly #known = new Map<string, { readonly url: string; readonly sourceMapUrl: string }>();
  readonly #scripts = new Map<string, Script>();

  constructor(session: Session) {
    this.#session = session;
    session.on('Debugger.scriptParsed', ({ params }) => {
      this.#known.set(params.scriptId, { url: params.url, sourceMapUrl: params.sourceMapURL ?? '' });
    });
    session.post('Debugger.enable');
  }

  /** The newest script with this URL: a file may have been loaded more than once. */
  named(url: string): Script | undefined {
    const ids = [...this.#known].filter(([, known]) => known.url === url).map(([id]) => id);
    const newest = ids.at(-1);
    return newest === undefined ? undefined : this.script(newest);
  }

  script(id: string): Script | undefined {
    const known = this.#known.get(id);
    if (known === undefined || this.#scripts.has(id)) return this.#scripts.get(id);
    this.#session.post('Debugger.getScriptSource', { scriptId: id }, (_error, source) => {
      const sourceMap = embeddedSourceMap(known.sourceMapUrl);
      this.#scripts.set(id, { id, url: known.url, text: source?.scriptSource ?? '', sourceMap });
    });
    return this.#scripts.get(id);
  }
}

interface RawLocation {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** The inspector reads values through expressions, so the functions are stored in a global for the duration of this call. */
const handover = Symbol.for('qmtl.locate-functions');

function rawLocations(session: Session, functions: readonly object[]): (RawLocation | undefined)[] {
  const found: (RawLocation | undefined)[] = functions.map(() => undefined);
  Reflect.set(globalThis, handover, functions);
  try {
    session.post(
      'Runtime.evaluate',
      { expression: "globalThis[Symbol.for('qmtl.locate-functions')]", objectGroup: 'qmtl' },
      (_error, list) => {
        for (const [index, objectId] of elementIds(session, list?.result.objectId)) {
          found[index] = rawLocation(session, objectId);
        }
      },
    );
    session.post('Runtime.releaseObjectGroup', { objectGroup: 'qmtl' });
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
  return found;
}

/** Inspector ids of the elements of an array. The callbacks of `post` have run when it returns. */
function elementIds(session: Session, arrayId: string | undefined): [number, string][] {
  const ids: [number, string][] = [];
  if (arrayId === undefined) return ids;
  session.post('Runtime.getProperties', { objectId: arrayId, ownProperties: true }, (_error, properties) => {
    for (const { name, value } of properties?.result ?? []) {
      if (/^\d+$/.test(name) && value?.objectId !== undefined) ids.push([Number(name), value.objectId]);
    }
  });
  return ids;
}

function rawLocation(session: Session, functionId: string): RawLocation | undefined {
  let location: RawLocation | undefined;
  session.post(
    'Runtime.getProperties',
    { objectId: functionId, ownProperties: true },
    (_error, properties) => {
      const internal = properties?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]');
      location = parseLocation(internal?.value?.value);
    },
  );
  return location;
}

function parseLocation(value: unknown): RawLocation | undefined {
  if (!isPlainObject(value)) return undefined;
  const { scriptId, lineNumber, columnNumber } = value;
  if (typeof scriptId !== 'string' || typeof lineNumber !== 'number') return undefined;
  return { scriptId, line: lineNumber, column: typeof columnNumber === 'number' ? columnNumber : 0 };
}

/** A map in a separate file is not used: then the script itself counts as the author's source. */
function embeddedSourceMap(url: string): SourceMap | undefined {
  const data = /^data:application\/json[^,]*;base64,(.*)$/s.exec(url)?.[1];
  if (data === undefined) return undefined;
  const payload: unknown = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
  return isSourceMapPayload(payload) ? new SourceMap(payload) : undefined;
}

function isSourceMapPayload(value: unknown): value is SourceMapPayload {
  return isPlainObject(value) && typeof value.mappings === 'string' && Array.isArray(value.sources);
}
