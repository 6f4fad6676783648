import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import { listChildren, parseSource, toPlace } from '../code/syntax.js';
import { errorMember, memberOf } from '../nodes/foreign-value.js';

/** The specifier that Node did not find, if that is the error. */
export function missingSpecifier(error: unknown): string | undefined {
  return /Cannot find (?:package|module) '([^']+)'/.exec(errorMember(error, 'message') ?? '')?.[1];
}

/**
 * Where a file of the author names the module that was not found, as `file:line:column`. Its stack has no frame there when
 * the loader resolves imports before they run, or when its own frames fill the stack.
 */
export function missingPlace(error: unknown): string | undefined {
  const specifier = missingSpecifier(error);
  const path = importerOf(error);
  if (specifier === undefined || path === undefined || path.includes(`${sep}node_modules${sep}`))
    return undefined;
  const text = readFileSync(path, 'utf8');
  const source = parseSource(path, text);
  const found = source.ok ? literalIn(source.file.program, specifier) : undefined;
  return found === undefined ? undefined : toPlace({ path, text }, found.start);
}

/** The file that imports or requires it; undefined when it is not a file. */
function importerOf(error: unknown): string | undefined {
  const imported = / imported from (.+)$/.exec(errorMember(error, 'message') ?? '')?.[1];
  const required = memberOf(memberOf(error, 'requireStack'), 0);
  const importer = imported ?? (typeof required === 'string' ? required : '');
  const path = importer.replace(/\?namespace=.*$/, '');
  const file = path.startsWith('file:') && URL.canParse(path) ? fileURLToPath(path) : path;
  return existsSync(file) ? realpathSync(file) : undefined;
}

/** The first text with this value, in the order of the source. */
function literalIn(node: Node, value: string): Node | undefined {
  if (node.type === 'Literal' && node.value === value) return node;
  for (const child of listChildren(node)) {
    const found = literalIn(child, value);
    if (found !== undefined) return found;
  }
  return undefined;
}
