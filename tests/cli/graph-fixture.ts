import { afterEach } from 'vitest';
import { buildApp } from '../../api/app.js';
import type { StoredCode } from '../../domain/artifacts/node-code.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { loadStrategy } from '../../sdk/compile/load-strategy.js';
import { withSignatures } from '../../sdk/submission/code-signatures.js';
import { memoryDeps } from '../api/api-fixture.js';
import { accepted } from '../samples.js';
import { submitWhole } from '../submit-whole.js';

/** A graph in memory, behind an API that commands of this process can reach. */
export interface ServedGraph {
  readonly graph: GraphStore;
  /** Changes what the API serves as stored code. */
  readonly stored: { changed: (code: StoredCode) => StoredCode };
  /** For `FakeOptions`. */
  readonly env: Readonly<Record<string, string>>;
  /** Compiles a strategy module, and commits it. */
  readonly commit: (file: string, signingKey?: string) => Promise<Submission>;
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export async function servedGraph(): Promise<ServedGraph> {
  const graph = memoryGraphStore();
  const stored: ServedGraph['stored'] = { changed: (code) => code };
  const served: GraphStore = {
    ...graph,
    code: async (codeHash) => {
      const code = await graph.code(codeHash);
      return code === undefined ? undefined : stored.changed(code);
    },
  };
  const app = await buildApp(memoryDeps(served), { requestsPerMinute: 100_000, onFault: () => undefined });
  closing.push(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    graph,
    stored,
    env: { QMTL_API_URL: url },
    commit: async (file, signingKey) => {
      const strategy = await loadStrategy(file);
      const compiled = accepted(
        strategy.toSubmissionDocument({ world: 'w', domain: 'backtest', asOf: '2020' }),
      );
      const submission = signingKey === undefined ? compiled : withSignatures(compiled, signingKey);
      await submitWhole(graph, submission);
      return submission;
    },
  };
}
