import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSourceFile, repositoryFiles } from '../architecture/source-file.js';
import { sampleTree, type Tree } from '../architecture/tree-rules.js';
import { wordingRules } from './wording-rules.js';

const files = repositoryFiles();
const tree: Tree = {
  files,
  sources: files.filter((path) => path.endsWith('.ts')).map(readSourceFile),
  read: (path) => readFileSync(path, 'utf8'),
};

describe.each(wordingRules)('$name', (rule) => {
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
