import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import { isInstalled } from '../code/resolve-specifier.js';
import { listChildren, parseSource, shownPath, toPlace } from '../code/syntax.js';
import { errorMember, memberOf } from '../nodes/foreign-value.js';

/** An import that Node refused, as its message describes it. */
interface BrokenImport {
  /** Of the import, or the file it leads to. */
  readonly target?: string;
  /** How the specifier ends, when its beginning is not in the message. */
  readonly end?: string;
  /** The imported name that does not exist. */
  readonly name?: string;
  readonly importer?: string;
}

const messages: readonly RegExp[] = [
  /Cannot find (?:package|module) '(?<target>[^']+)'(?: imported from (?<importer>.+))?/,
  /Package subpath '\.(?<end>\/[^']+)' is not defined .* imported from (?<importer>.+)/,
  /Named export '(?<name>[^']+)' not found\. The requested module '(?<target>[^']+)'/,
  /The requested module '(?<target>[^']+)' does not provide an export named '(?<name>[^']+)'/,
  /Module "(?<target>[^"]+)" needs an import attribute/,
];

function brokenImport(error: unknown): BrokenImport | undefined {
  const message = errorMember(error, 'message') ?? '';
  return messages.map((one) => one.exec(message)?.groups).find((groups) => groups !== undefined);
}

/** The specifier of a module that Node did not find, if that is the error. */
export function missingSpecifier(error: unknown): string | undefined {
  const broken = brokenImport(error);
  return broken?.name === undefined && broken?.end === undefined ? broken?.target : undefined;
}

/**
 * Where a file of the author has the import that made loading fail: `file:line:column`. Its stack has no frame there when the
 * loader resolves imports before they run, or when its own frames fill the stack. Undefined for other errors.
 *
 * `files`: those that were loaded.
 */
export function importPlace(error: unknown, files: readonly string[]): string | undefined {
  const broken = brokenImport(error);
  if (broken === undefined) return undefined;
  for (const path of importersOf(error, broken, files)) {
    const text = readFileSync(path, 'utf8');
    const source = parseSource(path, text);
    const found = source.ok ? brokenIn(source.file.program, path, broken) : undefined;
    if (found !== undefined) return toPlace({ path, text }, found.start);
  }
  return undefined;
}

/** The file that imports or requires it; if the error does not name one, all files that may. */
function importersOf(error: unknown, broken: BrokenImport, files: readonly string[]): readonly string[] {
  const importer = broken.importer ?? memberOf(memberOf(error, 'requireStack'), 0);
  if (typeof importer === 'string') return authorFile(importer);
  // Before the message, a stack may have the place in the text that was loaded.
  const [head = ''] = (errorMember(error, 'stack') ?? '').split('\n', 1);
  const named = files.filter((path) => head.includes(`${path}:`));
  return named.length === 0 ? files : named;
}

/** Empty when the importer is not a file, or is one of a package. */
function authorFile(importer: string): readonly string[] {
  const path = importer.replace(/\?namespace=.*$/, '');
  const file = path.startsWith('file:') && URL.canParse(path) ? fileURLToPath(path) : path;
  return existsSync(file) && !isInstalled(file) ? [realpathSync(file)] : [];
}

/** The first imported name, or text of a specifier when the whole module cannot be imported. */
function brokenIn(node: Node, path: string, broken: BrokenImport): Node | undefined {
  if (broken.name === undefined) {
    if (node.type === 'Literal' && leadsTo(node.value, path, broken)) return node;
  } else if ('specifiers' in node && 'source' in node && leadsTo(node.source?.value, path, broken)) {
    return node.specifiers.find((one) => importedName(one) === broken.name);
  }
  for (const child of listChildren(node)) {
    const found = brokenIn(child, path, broken);
    if (found !== undefined) return found;
  }
  return undefined;
}

function leadsTo(specifier: unknown, importer: string, { target, end }: BrokenImport): boolean {
  if (typeof specifier !== 'string') return false;
  if (target === undefined) return end !== undefined && specifier.endsWith(end);
  if (specifier === target || specifier.startsWith(`${target}/`)) return true;
  const file = target.startsWith('file:') ? fileURLToPath(target) : target;
  return specifier.startsWith('.') && resolve(dirname(importer), specifier) === file;
}

function importedName(specifier: Node): string | undefined {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  if (specifier.type === 'ImportSpecifier') return nameOf(specifier.imported);
  return specifier.type === 'ExportSpecifier' ? nameOf(specifier.local) : undefined;
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}

const compilerFault =
  /^Transform failed with .*\n(?<path>\/.*?):(?<line>\d+):(?<column>\d+): ERROR: (?<reason>.*)/;

/** What the compiler refused, and where; undefined for other errors. */
export function compilerRefusal(
  error: unknown,
): { readonly place: string; readonly reason: string } | undefined {
  const { path, line, column, reason } =
    compilerFault.exec(errorMember(error, 'message') ?? '')?.groups ?? {};
  if (path === undefined || reason === undefined) return undefined;
  return { place: `${shownPath(path)}:${line}:${Number(column) + 1}`, reason };
}
