import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileRules } from '../architecture/file-rules.js';
import { readRepository, treeRuleSuite } from '../architecture/tree-rule-suite.js';
import { treeRules } from '../architecture/tree-rules.js';
import { citationRules } from './citation-rules.js';
import { wordingRules } from './wording-rules.js';

treeRuleSuite(citationRules, readRepository());

test('docs/style.md lists every rule that a test checks, and no other', () => {
  const rules = [...fileRules, ...treeRules, ...citationRules, ...wordingRules].map(({ name }) => name);
  const [, section = ''] = readFileSync('docs/style.md', 'utf8').split(/^## .*\n/m);
  const listed = [...section.matchAll(/^- (.+?)(?: \(\[.*)?$/gm)].map(([, name = '']) => name);
  expect([...listed].sort()).toEqual([...rules].sort());
});
