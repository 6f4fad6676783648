import { describe, expect, test } from 'vitest';
import { importRules as folderRules } from '../../tools/import-rules.js';
import { fileRules } from './file-rules.js';
import { breachesOf, breachesOfSample, topFolders } from './rule.js';
import { readRepository, treeRuleSuite } from './tree-rule-suite.js';
import { treeRules } from './tree-rules.js';

const tree = readRepository();
const { files } = tree;

describe('the scan', () => {
  test('saw the sources of every folder', () => {
    expect(tree.sources.length).toBeGreaterThan(250);
    for (const folder of topFolders) {
      expect(
        files.some((path) => path.startsWith(`${folder}/`)),
        folder,
      ).toBe(true);
    }
  });

  test('saw a file for every import rule', () => {
    const unused = folderRules.filter(({ from }) => !files.some((path) => path.startsWith(from)));
    expect(unused.map(({ from }) => from)).toEqual([]);
  });
});

describe.each(fileRules)('$name', (rule) => {
  test.each(rule.bad)('fires on $path: $text', (sample) => {
    expect(breachesOfSample(rule, sample)).not.toEqual([]);
  });

  test.each(rule.good)('lets pass $path: $text', (sample) => {
    expect(breachesOfSample(rule, sample)).toEqual([]);
  });

  test('holds', () => {
    expect(rule.bad.length).toBeGreaterThan(0);
    expect(tree.sources.flatMap((file) => breachesOf(rule, file))).toEqual([]);
  });
});

treeRuleSuite(treeRules, tree);
