import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const workflowTests = ['tests/workflows/**/*.test.ts', 'tests/e2e/**/*.test.ts'];

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
        'domain',
        'proto/*.ts',
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
        'deploy',
      ].map((folder) => (folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`)),
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', testTimeout: 60_000, include: ['tests/**/*.test.ts'], exclude: workflowTests },
      },
      {
        extends: true,
        test: {
          name: 'workflow',
          include: workflowTests,
          globalSetup: 'tests/workflows/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
