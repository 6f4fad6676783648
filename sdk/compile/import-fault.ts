import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'oxc-parser';
import type { Module } from '../code/project.js';
import { listChildren, shownPath, toPlace } from '../code/syntax.js';
import { errorMember } from '../nodes/foreign-value.js';

/** An import that Node refused to link, as its message describes it. */
interface BrokenImport {
  /** Of the import statement, or the file it leads to. */
  readonly target?: string;
  /** How the specifier ends, when its beginning is not in the message. */
  readonly end?: string;
  /** The imported name that does not exist. */
  readonly name?: string;
  readonly importer?: string;
}

const messages: readonly RegExp[] = [
  /Cannot find (?:package|module) '(?<target>[^']+)' imported from (?<importer>.+)/,
  /Package subpath '\.(?<end>\/[^']+)' is not defined .* imported from (?<importer>.+)/,
  /Named export '(?<name>[^']+)' not found\. The requested module '(?<target>[^']+)'/,
  /The requested module '(?<target>[^']+)' does not provide an export named '(?<name>[^']+)'/,
  /Module "(?<target>[^"]+)" needs an import attribute/,
];

/**
 * The place of the import that made loading fail: `file:line:column`, or the file alone. Such an error is thrown by Node, with
 * no frame of the author's code. Undefined for other errors.
 */
export function importPlace(error: unknown, modules: readonly Module[]): string | undefined {
  const message = errorMember(error, 'message') ?? '';
  const broken: BrokenImport | undefined = messages.map((one) => one.exec(message)?.groups).find(Boolean);
  if (broken === undefined) return undefined;
  // Before the message, a stack may have the place in the text that was loaded.
  const [head = ''] = (errorMember(error, 'stack') ?? '').split('\n', 1);
  const named = modules.filter(({ file }) => file.path === broken.importer || head.includes(`${file.path}:`));
  for (const { file } of named.length === 0 ? modules : named) {
    const found = brokenIn(file.program, file.path, broken);
    if (found !== undefined) return toPlace(file, found.start);
  }
  const [importer] = named;
  return importer === undefined ? undefined : shownPath(importer.file.path);
}

/** The imported name, or the specifier when the whole module cannot be imported. */
function brokenIn(node: Node, path: string, broken: BrokenImport): Node | undefined {
  if (
    'source' in node &&
    node.source?.type === 'Literal' &&
    leadsTo(String(node.source.value), path, broken)
  ) {
    if (broken.name === undefined) return node.source;
    const specifiers = 'specifiers' in node ? node.specifiers : [];
    return specifiers.find((one) => importedName(one) === broken.name);
  }
  for (const child of listChildren(node)) {
    const found = brokenIn(child, path, broken);
    if (found !== undefined) return found;
  }
  return undefined;
}

function leadsTo(specifier: string, importer: string, { target, end }: BrokenImport): boolean {
  if (target === undefined) return end !== undefined && specifier.endsWith(end);
  if (specifier === target || specifier.startsWith(`${target}/`)) return true;
  const file = target.startsWith('file:') ? fileURLToPath(target) : target;
  return specifier.startsWith('.') && resolve(dirname(importer), specifier) === file;
}

function importedName(specifier: Node): string | undefined {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  const name =
    specifier.type === 'ImportSpecifier'
      ? specifier.imported
      : specifier.type === 'ExportSpecifier'
        ? specifier.local
        : undefined;
  return name?.type === 'Identifier' ? name.name : undefined;
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
