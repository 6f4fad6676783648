import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fileRules } from '../architecture/file-rules.js';
import { readSourceFile, repositoryFiles } from '../architecture/source-file.js';
import { sampleTree, type Tree, treeRules } from '../architecture/tree-rules.js';
import { citationRules } from './citation-rules.js';
import { wordingRules } from './wording-rules.js';

const files = repositoryFiles();
const tree: Tree = {
  files,
  sources: files.filter((path) => path.endsWith('.ts')).map(readSourceFile),
  read: (path) => readFileSync(path, 'utf8'),
};

describe.each(citationRules)('$name', (rule) => {
  test.each(rule.bad)('fires on %j', (texts) => {
    expect(rule.breaches(sampleTree(texts))).not.toEqual([]);
  });

  test.each(rule.good)('lets pass %j', (texts) => {
    expect(rule.breaches(sampleTree(texts))).toEqual([]);
  });

  test('holds', () => {
    expect(rule.breaches(tree)).toEqual([]);
  });
});

test('docs/style.md lists every rule that a test checks, and no other', () => {
  const rules = [...fileRules, ...treeRules, ...citationRules, ...wordingRules].map(({ name }) => name);
  const [, section = ''] = readFileSync('docs/style.md', 'utf8').split(/^## .*\n/m);
  const listed = [...section.matchAll(/^- (.+?)(?: \(\[.*)?$/gm)].map(([, name = '']) => name);
  expect([...listed].sort()).toEqual([...rules].sort());
});
