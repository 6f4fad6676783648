import { posix } from 'node:path';
import { importRuleOf, isImportAllowed } from '../../tools/import-rules.js';
import { type FileRule, isProduct } from './rule.js';
import type { SourceFile } from './source-file.js';
import { importedFrom } from './syntax.js';

export const importRules: readonly FileRule[] = [
  {
    name: 'a folder imports only what its row of the table allows',
    looksAt: isProduct,
    breaches: (file) => {
      const rule = importRuleOf(file.path);
      return importsOf(file)
        .filter(({ target }) => rule === undefined || !isImportAllowed(rule, target))
        .map(({ offset, target }) => ({ offset, says: `imports ${target}` }));
    },
    bad: [
      { path: 'domain/x.ts', text: "import { sleep } from '@temporalio/workflow';" },
      { path: 'domain/x.ts', text: "import { randomUUID } from 'node:crypto';" },
      { path: 'domain/x.ts', text: "import type { Receipt } from '../proto/gen/qmtl/v1/submission_pb.js';" },
      { path: 'proto/registry.ts', text: "import { limits } from '../domain/base/limits.js';" },
      { path: 'workflows/x.ts', text: "import { memoryGraphStore } from '../graph/memory/store.js';" },
      { path: 'activities/x.ts', text: "export { MemoryBroker } from '../bus/memory/broker.js';" },
      { path: 'graph/memory/x.ts', text: "import neo4j from 'neo4j-driver';" },
      { path: 'bus/memory/x.ts', text: "const kafka = await import('kafkajs');" },
      { path: 'temporal/x.ts', text: "import { submitStrategy } from '../workflows/submit-strategy.js';" },
      { path: 'temporal/x.ts', text: "import { Worker } from '@temporalio/worker';" },
      { path: 'api/plugins/x.ts', text: "import { connectClient } from '../../temporal/connection.js';" },
      { path: 'sdk/x.ts', text: "import { NativeConnection } from '@temporalio/worker';" },
      { path: 'cli/x.ts', text: "import { buildApp } from '../api/app.js';" },
      { path: 'domain/dag/x.ts', text: "import { topicName } from '../topics/topic-name.js';" },
      { path: 'std/x.ts', text: "import { limits } from '../domain/base/limits.js';" },
      { path: 'domain/base/x.ts', text: "import { findErrno } from '../../std/node/errno.js';" },
      { path: 'std/x.ts', text: "import { findErrno } from './node/errno.js';" },
      { path: 'graph/neo4j/rows/x.ts', text: "import { commit } from '../commit/commit.js';" },
      { path: 'sdk/x.ts', text: "type Store = import('../graph/memory/store.js').Store;" },
    ],
    good: [
      {
        path: 'domain/x.ts',
        text: "import { hash } from 'blake3-wasm'; import { limits } from './limits.js';",
      },
      { path: 'proto/convert/events.ts', text: "import { limits } from '../domain/base/limits.js';" },
      {
        path: 'temporal/x.ts',
        text: "import { queues } from '../workflows/contract.js'; import 'node:zlib';",
      },
      { path: 'bus/kafka/x.ts', text: "import { findErrno } from '../../std/node/errno.js';" },
      { path: 'temporal/x.ts', text: "import { timestampMs } from '@bufbuild/protobuf/wkt';" },
    ],
  },
];

export interface Import {
  readonly offset: number;
  /** A path of the repository, the name of a package, or `node:…`. */
  readonly target: string;
}

export function importsOf({ path, nodes }: SourceFile): readonly Import[] {
  return nodes.flatMap(({ node }) => {
    const from = importedFrom(node);
    return from === undefined ? [] : [{ offset: node.start, target: targetOf(path, from) }];
  });
}

function targetOf(path: string, from: string): string {
  if (from.startsWith('.')) return posix.join(posix.dirname(path), from).replace(/\.js$/, '.ts');
  if (from.startsWith('node:')) return from;
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}
