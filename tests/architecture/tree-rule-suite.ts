import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSourceFile, repositoryFiles } from './source-file.js';
import { sampleTree, type Tree, type TreeRule } from './tree-rules.js';

/** The files of this repository. */
export function readRepository(): Tree {
  const files = repositoryFiles();
  return {
    files,
    sources: files.filter((path) => path.endsWith('.ts')).map(readSourceFile),
    read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
  };
}

/** Tests each rule on its own samples, and on `tree`. */
export function treeRuleSuite(rules: readonly TreeRule[], tree: Tree): void {
  describe.each(rules)('$name', (rule) => {
    test.each(rule.bad)('fires on %j', (texts) => {
      expect(rule.breaches(sampleTree(texts))).not.toEqual([]);
    });

    test.each(rule.good ?? [])('lets pass %j', (texts) => {
      expect(rule.breaches(sampleTree(texts))).toEqual([]);
    });

    test('holds', () => {
      expect(rule.breaches(tree)).toEqual([]);
    });
  });
}
