import { productFolders } from '../../tools/module-graph.js';
import { lineOf, parseSourceFile, type SourceFile } from './source-file.js';

export interface Sample {
  readonly path: string;
  readonly text: string;
}

/** A rule about one file at a time. */
export interface FileRule {
  /** As docs/style.md lists it. */
  readonly name: string;
  readonly looksAt: (path: string) => boolean;
  readonly breaches: (file: SourceFile) => readonly Breach[];
  /** Each must make it fire. */
  readonly bad: readonly Sample[];
  /** None may. */
  readonly good: readonly Sample[];
}

export interface Breach {
  readonly offset: number;
  readonly says: string;
}

export const topFolders = [
  ...productFolders,
  'bench',
  'deploy',
  'docs',
  'examples',
  'tests',
  'tools',
] as const;

export function topFolderOf(path: string): string {
  return path.split('/')[0] ?? '';
}

export function isProduct(path: string): boolean {
  return productFolders.some((folder) => folder === topFolderOf(path));
}

export function isIn(...folders: readonly string[]): (path: string) => boolean {
  return (path) => folders.includes(topFolderOf(path));
}

export function anywhere(): boolean {
  return true;
}

/** Breaches for display: `path:line: text`. */
export function breachesOf(rule: FileRule, file: SourceFile): readonly string[] {
  if (!rule.looksAt(file.path)) return [];
  return rule.breaches(file).map(({ offset, says }) => `${file.path}:${lineOf(file, offset)}: ${says}`);
}

export function breachesOfSample(rule: FileRule, { path, text }: Sample): readonly string[] {
  return breachesOf(rule, parseSourceFile(path, text));
}
