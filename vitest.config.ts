import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests on real engines: tests/stack/global-setup.ts starts them. */
const stackTests = ['tests/**/*.stack.test.ts'];
/** Tests that kill their engines, and so have engines of their own. */
const crashTests = ['tests/crash/**/*.stack.test.ts'];
/** They need the build. */
const workflowTests = [
  'tests/workflows/**/*.test.ts',
  'tests/e2e/**/*.test.ts',
  'tests/consumer/**/*.test.ts',
  // They build a copy of the tree.
  'tests/contributing/**/*.test.ts',
];

export default defineConfig({
  // Examples import the package by its name; tests use the source.
  resolve: {
    alias: [{ find: /^qmtl$/, replacement: fileURLToPath(new URL('sdk/index.ts', import.meta.url)) }],
  },
  test: {
    pool: 'forks',
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: [
        'std',
        'domain',
        'proto/*.ts',
        'proto/convert',
        'workflows',
        'activities',
        'graph',
        'bus',
        'temporal',
        'workers',
        'api',
        'sdk',
        'cli',
        'config',
        'devstack',
      ].map((folder) => (folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`)),
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 60_000,
          include: ['tests/**/*.test.ts'],
          exclude: [...workflowTests, ...stackTests],
        },
      },
      {
        extends: true,
        test: {
          name: 'adversary',
          include: ['tests/adversary/**/*.test.ts'],
          // The unit tier takes samples.
          env: { QMTL_ADVERSARY: 'full' },
          testTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'workflow',
          include: workflowTests,
          exclude: stackTests,
          globalSetup: 'tests/workflows/global-setup.ts',
          // A submission that uses up a day of retries takes 12 s, and a minute on a machine with three times the load it can carry.
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: stackTests,
          exclude: crashTests,
          globalSetup: 'tests/stack/global-setup.ts',
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'size',
          include: ['tests/size/**/*.stack.test.ts'],
          globalSetup: 'tests/stack/global-setup.ts',
          // The stack tier takes a sample.
          env: { QMTL_SIZE: 'full' },
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: crashTests,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
