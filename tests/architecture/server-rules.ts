import { type FileRule, isProduct } from './rule.js';
import { importedFrom, methodOf } from './syntax.js';

const httpModules = ['fastify', 'node:http', 'node:https', 'node:http2'];

export const serverRules: readonly FileRule[] = [
  {
    name: 'an HTTP server is closed with a deadline for its connections',
    looksAt: isProduct,
    breaches: ({ nodes }) => {
      const imported = nodes.flatMap(({ node }) => importedFrom(node) ?? []);
      const isServer = imported.some((module) => httpModules.includes(module));
      if (!isServer || imported.some((module) => module.endsWith('/close-server.js'))) return [];
      return nodes
        .filter(({ node }) => methodOf(node) === 'listen')
        .map(({ node }) => ({ offset: node.start, says: 'listens without closeServer' }));
    },
    bad: [
      { path: 'api/x.ts', text: "import fastify from 'fastify';\nawait fastify().listen({ port: 0 });" },
      {
        path: 'workers/x.ts',
        text: "import { createServer } from 'node:http';\ncreateServer(answer).listen(0);",
      },
    ],
    good: [
      {
        path: 'api/x.ts',
        text: "import fastify from 'fastify';\nimport { listen } from '../temporal/listen.js';\nawait listen(fastify(), at);",
      },
      { path: 'devstack/x.ts', text: "import { createServer } from 'node:net';\ncreateServer().listen(0);" },
    ],
  },
  {
    name: 'a folder is made with makeFolder, which returns also for a path in /proc',
    looksAt: isProduct,
    breaches: ({ text }) =>
      [...text.matchAll(/\bmkdir(?:Sync)?\([^;]*?\brecursive: true/g)].map(({ index }) => ({
        offset: index,
        says: 'a recursive mkdir',
      })),
    bad: [
      { path: 'devstack/x.ts', text: 'await mkdir(join(a, b), { recursive: true });' },
      { path: 'cli/x.ts', text: 'mkdirSync(folder, { mode: 0o700, recursive: true });' },
    ],
    good: [
      { path: 'cli/x.ts', text: 'await makeFolder(folder);\nawait rm(folder, { recursive: true });' },
      { path: 'cli/x.ts', text: 'await mkdir(folder);\nawait rm(folder, { recursive: true });' },
    ],
  },
];
