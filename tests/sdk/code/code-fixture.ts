import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Node } from 'oxc-parser';
import { afterAll } from 'vitest';
import type { ComputeCode } from '../../../sdk/code/code-analysis.js';
import { CodePrinter } from '../../../sdk/code/compute-code.js';
import { isModule } from '../../../sdk/code/project.js';
import { type FunctionNode, isFunctionNode, listChildren } from '../../../sdk/code/syntax.js';

/** Files by path; a lone string is `main.ts`. */
export type Sources = string | Readonly<Record<string, string>>;

/** Sources, and all their findings. */
export type Refusal = readonly [Sources, ...string[]];

/** A module whose line 2 is a compute function; its body begins in column 34. */
export function view(body: string, before = ''): string {
  return `${before}\nexport const compute = (view) => ${body};`;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes the files into a new folder and returns its path; it is removed after the tests of the file. */
export function writeFiles(sources: Sources): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'qmtl-code-')));
  folders.push(folder);
  const files = typeof sources === 'string' ? { 'main.ts': sources } : sources;
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** Analyses the function named `compute` of the first file. */
export function codeOf(sources: Sources): ComputeCode {
  const folder = writeFiles(sources);
  const [main = 'main.ts'] = typeof sources === 'string' ? ['main.ts'] : Object.keys(sources);
  const printer = new CodePrinter();
  const module = printer.project.module(join(folder, main));
  if (!isModule(module)) throw new TypeError(`${module.place} ${module.message}`);
  const node = computeIn(module.file.program);
  if (node === undefined) throw new TypeError(`no function named compute in ${main}`);
  return printer.codeOf(module, node);
}

/** `const compute = …`, `{ compute: … }` or `function compute`. */
function computeIn(node: Node): FunctionNode | undefined {
  if (node.type === 'FunctionDeclaration' && node.id?.name === 'compute') return node;
  const named =
    (node.type === 'VariableDeclarator' && nameOf(node.id) === 'compute' && node.init) ||
    (node.type === 'Property' && nameOf(node.key) === 'compute' && node.value);
  if (named && isFunctionNode(named)) return named;
  for (const child of listChildren(node)) {
    const found = computeIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}

/** `file:line:column CODE message` of every finding, files without their folder. */
export function findingsOf(sources: Sources): string[] {
  return codeOf(sources).findings.map(({ code, place, message }) =>
    withoutFolder(`${place} ${code} ${message}`),
  );
}

/** A text in which files of `writeFiles` are named without their folder. */
export function withoutFolder(text: string): string {
  return text.replaceAll(/\S*qmtl-code-\w+\//g, '');
}
