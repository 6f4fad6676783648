import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file that a script was loaded from. */
export interface ScriptFile {
  /** Its real path, when it exists. */
  readonly path: string;
  /** What a loader appended to the name of the file, which tells several loads of it apart. */
  readonly load: string;
}

/** Undefined when the script is not a file. tsx gives CommonJS a `data:` URL that ends in `?filePath=` and the file. */
export function scriptFile(url: string): ScriptFile | undefined {
  const path = url.startsWith('data:') ? filePathOf(url) : url;
  if (path === undefined) return undefined;
  // A path may itself contain what begins the query of a URL.
  if (isAbsolute(path) && existsSync(path)) return { path: realpathSync(path), load: '' };
  const [name = '', ...query] = path.split('?');
  const file = name.startsWith('file:') ? pathOfUrl(name) : name;
  if (file === undefined || !isAbsolute(file)) return undefined;
  return { path: existsSync(file) ? realpathSync(file) : file, load: query.join('?') };
}

function filePathOf(url: string): string | undefined {
  const [, query = ''] = url.split(/\?(?!.*\?)/s);
  return new URLSearchParams(query).get('filePath') ?? undefined;
}

function pathOfUrl(url: string): string | undefined {
  return URL.canParse(url) ? fileURLToPath(url) : undefined;
}
