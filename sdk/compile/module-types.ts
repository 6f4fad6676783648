import { extname } from 'node:path';

/** Extensions of files that can be loaded as a strategy, in lower case. */
const extensions: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** For messages and help. */
export const moduleTypes = extensions.join(', ');

export function isModuleFile(path: string): boolean {
  return extensions.includes(extname(path));
}

/** Whether Node loads the file as it is. */
export function isJavaScript(path: string): boolean {
  return /^\.[cm]?js$/.test(extname(path));
}

export function shownExtension(path: string): string {
  return extname(path) || '(no extension)';
}
