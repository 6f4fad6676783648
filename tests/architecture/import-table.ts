/** What a folder may import (style guide, P3). */
export interface ImportRow {
  /** Files this row is for: those that begin with it. The longest that fits counts. */
  readonly from: string;
  /** Files of ours: those that begin with one of these. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Whether modules of Node itself are allowed, all or some. */
  readonly node: 'all' | readonly string[];
}

const protobuf = '@bufbuild/protobuf';
const contract = 'workflows/contract.ts';

export const importTable: readonly ImportRow[] = [
  { from: 'domain/', files: ['domain/'], packages: ['blake3-wasm', 'canonicalize'], node: [] },
  { from: 'proto/', files: ['proto/'], packages: [protobuf], node: [] },
  { from: 'proto/convert', files: ['proto/', 'domain/'], packages: [protobuf], node: [] },
  {
    from: 'workflows/',
    files: ['workflows/', 'domain/', 'proto/', 'activities/'],
    packages: ['@temporalio/workflow', '@temporalio/common', protobuf],
    node: [],
  },
  {
    from: 'activities/',
    files: ['activities/', 'domain/', 'proto/'],
    packages: ['@temporalio/activity', '@temporalio/common', protobuf],
    node: [],
  },
  { from: 'graph/', files: ['graph/', 'domain/'], packages: [], node: [] },
  { from: 'graph/memory/', files: ['graph/memory/', 'domain/'], packages: [], node: [] },
  {
    from: 'graph/neo4j/',
    files: ['graph/neo4j/', 'graph/schema.ts', 'domain/'],
    packages: ['neo4j-driver'],
    node: [],
  },
  { from: 'bus/', files: ['domain/'], packages: [], node: [] },
  { from: 'bus/memory/', files: ['bus/memory/', 'domain/', 'proto/'], packages: [], node: [] },
  {
    from: 'bus/kafka/',
    files: ['bus/kafka/', 'domain/', 'proto/'],
    packages: ['kafkajs'],
    node: ['node:net', 'node:tls'],
  },
  { from: 'config/', files: ['config/', 'domain/'], packages: ['yaml', 'zod'], node: [] },
  {
    from: 'temporal/',
    files: ['temporal/', 'domain/', 'proto/', contract],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/proto', protobuf],
    node: 'all',
  },
  {
    from: 'temporal/build-bundle.ts',
    files: ['temporal/'],
    packages: ['@temporalio/worker'],
    node: 'all',
  },
  {
    from: 'workers/',
    files: [
      'workers/',
      'domain/',
      'proto/',
      'activities/',
      'graph/',
      'bus/',
      'temporal/',
      'config/',
      contract,
    ],
    packages: ['@temporalio/worker', '@temporalio/activity', 'pino', 'prom-client', protobuf],
    node: 'all',
  },
  {
    from: 'api/',
    files: ['api/', 'domain/', 'proto/'],
    packages: ['fastify', '@fastify/helmet', '@fastify/rate-limit', 'zod', protobuf],
    node: [],
  },
  {
    from: 'sdk/',
    files: ['sdk/', 'domain/', 'proto/', 'temporal/', contract],
    packages: ['@temporalio/client', 'oxc-parser', 'tsx', protobuf],
    node: 'all',
  },
  {
    from: 'cli/',
    files: [
      'cli/',
      'sdk/',
      'api/server.ts',
      'config/',
      'deploy/',
      'domain/',
      'graph/schema.ts',
      'proto/',
      'temporal/',
      'workers/',
      contract,
    ],
    packages: ['@bomb.sh/tab', '@temporalio/client', 'cli-table3', 'commander', protobuf],
    node: 'all',
  },
  {
    from: 'cli/commands/neo4j-init.ts',
    files: ['cli/', 'domain/', 'graph/neo4j/init.ts', 'workers/access.ts'],
    packages: ['commander'],
    node: [],
  },
  {
    from: 'deploy/',
    files: ['deploy/', 'domain/'],
    packages: ['@temporalio/client', 'zod'],
    node: 'all',
  },
];

export function rowOf(path: string): ImportRow | undefined {
  const rows = importTable.filter(({ from }) => path.startsWith(from));
  return rows.sort((a, b) => b.from.length - a.from.length)[0];
}
