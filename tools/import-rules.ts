/**
 * Which folder may import what. `npm run docs` generates `.dependency-cruiser.json` and the tables of docs/architecture.md from
 * it; the architecture test reads it directly.
 */
export interface ImportRule {
  /** The rule covers files whose path begins with this; of several matches the longest counts. */
  readonly from: string;
  /** One sentence for docs/architecture.md; absent for a rule that only narrows the one above it. */
  readonly holds?: string;
  /** Own files it may import besides those under `from`: a path begins with one of these. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Modules of Node: all, or those listed. Without any, `std/node/` is forbidden too: it would lead to them. */
  readonly node: 'all' | readonly string[];
}

const protobuf = '@bufbuild/protobuf';
const contract = 'workflows/contract.ts';

/** Groups of `domain/`, each with the groups it builds on. */
const domainGroups: readonly (readonly [group: string, holds: string, builtOn: readonly string[]])[] = [
  ['base', 'ids, errors, limits, canonical JSON, hashes, lists of problems', []],
  ['dag', 'nodes, DAGs, tag queries: identity, validation, order, diff', ['base']],
  ['artifacts', 'the code of nodes and the fields of records, by their hashes', ['base', 'dag']],
  ['context', 'execution context, namespaces, version labels, compute keys', ['base']],
  ['topics', 'topic classes, names, plans and keys of records', ['base', 'dag', 'context']],
  ['events', 'control events, what a commit announces, order at the consumer', ['base', 'dag']],
  [
    'submissions',
    'submissions, receipts, registration, state machine',
    ['base', 'dag', 'artifacts', 'context', 'topics'],
  ],
  [
    'ports',
    'interfaces of the stores, implemented by `graph/` and `bus/`',
    ['base', 'dag', 'artifacts', 'context', 'topics', 'events', 'submissions'],
  ],
];

/** Groups inside other folders, each with the groups it builds on. */
const groups: readonly (readonly [folder: string, ...builtOn: string[]])[] = [
  ['sdk/nodes/'],
  ['sdk/code/', 'sdk/nodes/'],
  ['sdk/compile/', 'sdk/nodes/', 'sdk/code/', 'sdk/realm/'],
  ['sdk/realm/', 'sdk/nodes/'],
  ['sdk/runner/', 'sdk/nodes/', 'sdk/code/', 'sdk/compile/', 'sdk/realm/'],
  ['sdk/submission/', 'sdk/nodes/', 'sdk/compile/'],
  ['graph/neo4j/driver/'],
  ['graph/neo4j/rows/', 'graph/neo4j/driver/'],
  ['graph/neo4j/artifacts/', 'graph/neo4j/driver/', 'graph/neo4j/facts/'],
  ['graph/neo4j/facts/', 'graph/neo4j/driver/', 'graph/neo4j/rows/'],
  [
    'graph/neo4j/schema/',
    'graph/schema.ts',
    'graph/neo4j/driver/',
    'graph/neo4j/facts/',
    'graph/neo4j/rows/',
  ],
  ['graph/neo4j/references/', 'graph/neo4j/driver/', 'graph/neo4j/facts/'],
  ['graph/neo4j/outbox/', 'graph/neo4j/driver/', 'graph/neo4j/rows/'],
  [
    'graph/neo4j/commit/',
    'graph/neo4j/driver/',
    'graph/neo4j/rows/',
    'graph/neo4j/facts/',
    'graph/neo4j/references/',
    'graph/neo4j/outbox/',
  ],
  [
    'graph/neo4j/registration/',
    'graph/neo4j/driver/',
    'graph/neo4j/artifacts/',
    'graph/neo4j/rows/',
    'graph/neo4j/facts/',
    'graph/neo4j/references/',
    'graph/neo4j/commit/',
  ],
  ['devstack/process/'],
  ['devstack/java/', 'devstack/process/'],
  ['devstack/temporal/', 'devstack/process/', 'devstack/java/'],
  ['devstack/supervisor/', 'devstack/process/', 'devstack/java/', 'devstack/temporal/'],
];

const folderRules: readonly ImportRule[] = [
  {
    from: 'std/',
    holds: 'general code that does not mention the domain; pure, so usable in workflows',
    files: [],
    packages: [],
    node: [],
  },
  {
    from: 'std/node/',
    holds: 'the part of `std/` that needs Node',
    files: ['std/'],
    packages: [],
    node: 'all',
  },
  {
    from: 'domain/',
    holds: 'pure rules and the ports: no clock, no randomness, no I/O',
    files: ['std/'],
    packages: ['blake3-wasm'],
    node: [],
  },
  ...domainGroups.map(([group, holds, builtOn]) => ({
    from: `domain/${group}/`,
    holds,
    files: ['std/', ...builtOn.map((other) => `domain/${other}/`)],
    packages: group === 'base' ? ['blake3-wasm'] : [],
    node: [],
  })),
  {
    from: 'proto/',
    holds: 'the wire: contracts and generated code',
    files: [],
    packages: [protobuf],
    node: [],
  },
  {
    from: 'proto/convert/',
    holds: 'the only files that turn domain into wire and back; enums of the wire stop here',
    files: ['proto/', 'domain/', 'std/'],
    packages: [protobuf],
    node: [],
  },
  {
    from: 'workflows/',
    holds: "what happens in which order, in Temporal's sandbox",
    files: ['domain/', 'proto/', 'std/', 'activities/'],
    packages: ['@temporalio/workflow', '@temporalio/common', protobuf],
    node: [],
  },
  {
    from: 'activities/',
    holds: 'one step each, over ports, safe to repeat',
    files: ['domain/', 'proto/', 'std/'],
    packages: ['@temporalio/activity', '@temporalio/common', protobuf],
    node: ['node:crypto'],
  },
  {
    from: 'graph/',
    holds: 'adapters of the graph ports, and the schema they share',
    files: ['domain/', 'std/'],
    packages: [],
    node: [],
  },
  {
    from: 'graph/memory/',
    holds: 'the graph of the dev profile',
    files: ['domain/', 'std/'],
    packages: [],
    node: [],
  },
  {
    from: 'graph/neo4j/',
    holds: 'the graph in Neo4j ([neo4j.md](neo4j.md))',
    files: ['graph/schema.ts', 'domain/', 'proto/convert/', 'std/'],
    packages: ['lru-cache', 'neo4j-driver'],
    node: ['node:timers/promises'],
  },
  {
    from: 'bus/',
    holds:
      'adapters of the topic and event ports; `ordered-subscription.ts` delivers events once and in order from any control bus',
    files: ['domain/', 'std/'],
    packages: [],
    node: [],
  },
  {
    from: 'bus/memory/',
    holds: 'the broker of the dev profile',
    files: ['domain/', 'proto/', 'std/'],
    packages: [],
    node: [],
  },
  {
    from: 'bus/kafka/',
    holds: 'topics and events in Kafka ([kafka.md](kafka.md))',
    files: ['domain/', 'proto/', 'std/'],
    packages: ['kafkajs'],
    node: ['node:net', 'node:timers/promises', 'node:tls'],
  },
  {
    from: 'config/',
    holds: 'one YAML file and the environment, parsed once',
    files: ['domain/', 'std/'],
    packages: ['yaml', 'zod'],
    node: [],
  },
  {
    from: 'temporal/',
    holds: 'connection, payloads, codec server, a client for each workflow, workflow bundle',
    files: ['domain/', 'proto/', 'std/', contract],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/proto', 'fastify', protobuf],
    node: 'all',
  },
  {
    from: 'temporal/bundle/build-bundle.ts',
    files: ['temporal/'],
    packages: ['@temporalio/worker'],
    node: 'all',
  },
  {
    from: 'api/',
    holds: 'the read-only HTTP facade; the route table is data',
    files: ['domain/', 'proto/', 'std/', 'temporal/listen.ts'],
    packages: ['fastify', 'fastify-plugin', '@fastify/helmet', '@fastify/rate-limit', 'zod', protobuf],
    node: ['node:http', 'node:net'],
  },
  {
    from: 'devstack/',
    holds:
      'finds, fetches and guards the servers of this machine: Temporal, and the local stack ([stack.md](stack.md))',
    files: ['domain/base/', 'std/'],
    packages: ['@temporalio/client', 'tar-stream', 'zod'],
    node: 'all',
  },
  {
    from: 'workers/',
    holds:
      'composition root of every process: worker, API, and all in one; stores, credentials, metrics, log',
    files: [
      'activities/',
      'api/server.ts',
      'bus/',
      'config/',
      'devstack/',
      'domain/',
      'graph/',
      'proto/',
      'std/',
      'temporal/',
      contract,
    ],
    packages: [
      '@temporalio/worker',
      '@temporalio/activity',
      '@temporalio/client',
      'fastify',
      'pino',
      'prom-client',
      protobuf,
    ],
    node: 'all',
  },
  {
    from: 'sdk/',
    holds:
      'the faces of the package, and behind them authoring, compilation, closed modules, the realm that executes them, and the runner',
    files: ['domain/', 'proto/', 'std/', 'temporal/', contract],
    packages: [
      '@temporalio/client',
      'astring',
      'csv-parse',
      'oxc-parser',
      'resolve.exports',
      'tsx',
      protobuf,
    ],
    node: 'all',
  },
  {
    from: 'cli/',
    holds: 'the `qmtl` command',
    files: [
      'sdk/',
      'config/',
      'devstack/',
      'domain/',
      'graph/schema.ts',
      'proto/',
      'std/',
      'temporal/',
      'workers/',
      contract,
    ],
    packages: [
      '@bomb.sh/tab',
      '@dagrejs/dagre',
      '@temporalio/client',
      'cli-table3',
      'commander',
      'diff',
      'jsonc-parser',
      protobuf,
    ],
    node: 'all',
  },
  {
    from: 'cli/commands/neo4j-init.ts',
    files: ['cli/', 'domain/', 'graph/neo4j/schema/init.ts', 'workers/stores/access.ts'],
    packages: ['commander'],
    node: [],
  },
];

/** A group may import the same other folders and packages as its folder. */
function groupRule([from, ...builtOn]: (typeof groups)[number]): ImportRule {
  const parent = folderRules.filter((rule) => from.startsWith(rule.from)).at(-1);
  if (parent === undefined) throw new Error(`no rule covers ${from}`);
  const inherited = parent.files.filter((path) => !path.startsWith(parent.from));
  return { from, files: [...inherited, ...builtOn], packages: parent.packages, node: parent.node };
}

export const importRules: readonly ImportRule[] = [...folderRules, ...groups.map(groupRule)];

/** The rule that covers a file. */
export function importRuleOf(path: string): ImportRule | undefined {
  const covering = importRules.filter(({ from }) => path.startsWith(from));
  return covering.sort((a, b) => b.from.length - a.from.length)[0];
}

/** Whether a rule lets its files import `target`: a path of the repository, the name of a package, or `node:…`. */
export function isImportAllowed(rule: ImportRule, target: string): boolean {
  const { from, files, packages, node } = rule;
  if (target.startsWith('node:')) return node === 'all' || node.includes(target);
  if (target.startsWith('std/node/') && isPure(rule)) return false;
  return packages.includes(target) || [from, ...files].some((prefix) => target.startsWith(prefix));
}

/** Whether its files may use nothing of Node. */
export function isPure({ node }: ImportRule): boolean {
  return node !== 'all' && node.length === 0;
}
