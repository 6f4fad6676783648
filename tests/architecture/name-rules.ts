import { anywhere, type FileRule } from './rule.js';

/** Names that say nothing about the content. */
const empty = ['common', 'helper', 'helpers', 'lib', 'misc', 'shared', 'types', 'util', 'utils'];
/** Index files of folders that are imported from one place. */
const indexed = ['activities/index.ts', 'sdk/index.ts', 'workflows/index.ts'];

export const nameRules: readonly FileRule[] = [
  {
    name: 'a file or folder is named after its content',
    looksAt: anywhere,
    breaches: ({ path }) =>
      path
        .split('/')
        .map((part) => part.replace(/\..*$/, ''))
        .filter((part) => empty.includes(part))
        .map((part) => ({ offset: 0, says: `named ${part}` })),
    bad: [
      { path: 'domain/utils.ts', text: '' },
      { path: 'sdk/common/column.ts', text: '' },
      { path: 'api/types.ts', text: '' },
      { path: 'tests/helpers.test.ts', text: '' },
    ],
    good: [{ path: 'examples/shared-nodes.ts', text: '' }],
  },
  {
    name: 'a file name is kebab-case',
    looksAt: anywhere,
    breaches: ({ path }) =>
      /^[a-z0-9]+(-[a-z0-9]+)*(\.(stack\.test|test|contract|config|d))?\.ts$/.test(
        path.split('/').at(-1) ?? '',
      )
        ? []
        : [{ offset: 0, says: 'not kebab-case' }],
    bad: [
      { path: 'domain/nodeId.ts', text: '' },
      { path: 'domain/node_id.ts', text: '' },
    ],
    good: [
      { path: 'tests/graph-store.contract.ts', text: '' },
      { path: 'tests/neo4j.stack.test.ts', text: '' },
      { path: 'cli/report/dagre.d.ts', text: '' },
      { path: 'vitest.config.ts', text: '' },
    ],
  },
  {
    name: 'an index file exists only where a consumer needs one',
    looksAt: (path) => path.endsWith('/index.ts') || path === 'index.ts',
    breaches: ({ path }) => (indexed.includes(path) ? [] : [{ offset: 0, says: 'an index file' }]),
    bad: [{ path: 'domain/index.ts', text: '' }],
    good: [{ path: 'sdk/index.ts', text: '' }],
  },
];
