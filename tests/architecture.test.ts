import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commentRules } from './architecture/comment-rules.js';
import { idRules } from './architecture/id-rules.js';
import { importRules } from './architecture/import-rules.js';
import { importTable } from './architecture/import-table.js';
import { nameRules } from './architecture/name-rules.js';
import { purityRules } from './architecture/purity-rules.js';
import { breachesOf, breachesOfSample, topFolders } from './architecture/rule.js';
import { sizeRules } from './architecture/size-rules.js';
import { readSourceFile, repositoryFiles } from './architecture/source-file.js';
import { testRules } from './architecture/test-rules.js';
import { sampleTree, type Tree, treeRules } from './architecture/tree-rules.js';
import { typeRules } from './architecture/type-rules.js';
import { workflowRules } from './architecture/workflow-rules.js';

/** Every rule, as data; docs and reviews cite the number in its name. */
const fileRules = [
  ...sizeRules,
  ...nameRules,
  ...typeRules,
  ...purityRules,
  ...importRules,
  ...workflowRules,
  ...idRules,
  ...testRules,
  ...commentRules,
];

const files = repositoryFiles();
const tree: Tree = {
  files,
  sources: files.filter((path) => path.endsWith('.ts')).map(readSourceFile),
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
};

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

  test('saw a file for every row of the import table, but for adapters to come', () => {
    const unused = importTable.filter(({ from }) => !files.some((path) => path.startsWith(from)));
    expect(
      unused.map(({ from }) => from).filter((from) => !/^(graph\/neo4j|bus\/kafka)\/$/.test(from)),
    ).toEqual([]);
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

describe.each(treeRules)('$name', (rule) => {
  test.each(rule.bad)('fires on %j', (texts) => {
    expect(rule.breaches(sampleTree(texts))).not.toEqual([]);
  });

  test('holds', () => {
    expect(rule.breaches(tree)).toEqual([]);
  });
});
