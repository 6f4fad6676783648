import type { Edit } from './scratch-checkout.js';

/** A workflow that counts the nodes of the graph once, added as described in "Adding a workflow". */
export const dummyWorkflow: readonly Edit[] = [
  {
    path: 'tools/import-rules.ts',
    anchor: "  ['events', 'control events",
    before: "  ['tallies', 'counts of the graph', ['base']],\n",
  },
  {
    path: 'domain/tallies/tally-state.ts',
    text: `import type { ErrorCode } from '../base/errors.js';

export type TallyState =
  | { readonly kind: 'open' }
  | { readonly kind: 'counted'; readonly nodes: number }
  | { readonly kind: 'failed'; readonly code: ErrorCode };

export type TallyEvent =
  | { readonly kind: 'counted'; readonly nodes: number }
  | { readonly kind: 'gave-up'; readonly code: ErrorCode; readonly message: string };

export function nextTallyStep(state: TallyState): 'count' | undefined {
  return state.kind === 'open' ? 'count' : undefined;
}

export function advanceTally(_state: TallyState, event: TallyEvent): TallyState {
  return event.kind === 'counted' ? event : { kind: 'failed', code: event.code };
}
`,
  },
  {
    path: 'tests/domain/tallies/tally-state.test.ts',
    text: `import { expect, test } from 'vitest';
import { advanceTally, nextTallyStep } from '../../../domain/tallies/tally-state.js';

test('a counted tally has no next step', () => {
  const counted = advanceTally({ kind: 'open' }, { kind: 'counted', nodes: 3 });
  expect(nextTallyStep({ kind: 'open' })).toBe('count');
  expect(nextTallyStep(counted)).toBeUndefined();
});
`,
  },
  {
    path: 'proto/qmtl/v1/tally.proto',
    text: `// Input and result of tally.
syntax = "proto3";

package qmtl.v1;

message TallyRequest {
  string name = 1;
}

message TallyResult {
  uint32 nodes = 1;
}
`,
  },
  {
    path: 'proto/registry.ts',
    anchor: "import { file_qmtl_v1_submission } from './gen/qmtl/v1/submission_pb.js';\n",
    after: "import { file_qmtl_v1_tally } from './gen/qmtl/v1/tally_pb.js';\n",
  },
  { path: 'proto/registry.ts', anchor: '  file_qmtl_v1_api,\n', after: '  file_qmtl_v1_tally,\n' },
  {
    path: 'proto/convert/tally.ts',
    text: `import { create } from '@bufbuild/protobuf';
import { type TallyResult, TallyResultSchema } from '../gen/qmtl/v1/tally_pb.js';

export function tallyToWire(nodes: number): TallyResult {
  return create(TallyResultSchema, { nodes });
}
`,
  },
  {
    path: 'workflows/contract.ts',
    anchor: '/** Every workflow of the control plane. */\n',
    before: `export const tallyWorkflow = {
  type: 'tally',
  queue: queues.control,
  idPrefix: 'tally/',
  id: (name: string): string => \`\${tallyWorkflow.idPrefix}\${name}\`,
} as const;

`,
  },
  {
    path: 'workflows/contract.ts',
    anchor: '  submitStrategyWorkflow,\n',
    after: '  tallyWorkflow,\n',
  },
  {
    path: 'activities/tally.ts',
    text: `import type { GraphReads } from '../domain/ports/graph-reads.js';
import { tallyToWire } from '../proto/convert/tally.js';
import { translated } from './failure.js';

/** The step of a tally: one read of the graph. */
export function createTallyActivities({ graph }: { readonly graph: Pick<GraphReads, 'totals'> }) {
  return { countNodes: translated(async () => tallyToWire((await graph.totals()).nodes)) };
}

export type TallyActivities = ReturnType<typeof createTallyActivities>;
`,
  },
  {
    path: 'workers/control-plane.ts',
    anchor: "import { createTopicActivities } from '../activities/topics.js';\n",
    before: "import { createTallyActivities } from '../activities/tally.js';\n",
  },
  {
    path: 'workers/control-plane.ts',
    anchor:
      '      ...createSubmissionActivities({ graph, topics, signals, namespacePolicy, now, onSignature }),\n',
    after: '      ...createTallyActivities({ graph }),\n',
  },
  {
    path: 'workflows/tally.ts',
    text: `import { ApplicationFailure } from '@temporalio/common';
import { proxyLocalActivities } from '@temporalio/workflow';
import type { TallyActivities } from '../activities/tally.js';
import { advanceTally, nextTallyStep, type TallyEvent, type TallyState } from '../domain/tallies/tally-state.js';
import { tallyToWire } from '../proto/convert/tally.js';
import type { TallyRequest, TallyResult } from '../proto/gen/qmtl/v1/tally_pb.js';
import { graphWrite } from './activity-options.js';
import { StepDriver } from './steps.js';

const graph = proxyLocalActivities<TallyActivities>(graphWrite);

/** Counts the nodes of the graph once. */
export async function tally(_request: TallyRequest): Promise<TallyResult> {
  const state = await new StepDriver<TallyState, 'count', TallyEvent>({
    start: { kind: 'open' },
    nextStep: nextTallyStep,
    advance: advanceTally,
    perform: async () => ({ kind: 'counted', nodes: (await graph.countNodes()).nodes }),
    cancellable: () => 'never',
    undo: async () => ({ kind: 'gave-up', code: 'E_INTERNAL', message: 'not reached' }),
    budget: { roundsMax: 2, pause: { firstMs: 1_000, factor: 2, longestMs: 1_000 } },
    onChange: () => {},
  }).run();
  if (state.kind !== 'counted') throw ApplicationFailure.nonRetryable('not counted', 'E_INTERNAL');
  return tallyToWire(state.nodes);
}
`,
  },
  {
    path: 'workflows/index.ts',
    anchor: "export { submitStrategy } from './submit-strategy.js';\n",
    after: "export { tally } from './tally.js';\n",
  },
  {
    path: 'temporal/bundle/workflow-bundle.ts',
    anchor: "  builtFile('proto/gen/qmtl/v1/steps_pb.js'),\n",
    after: "  builtFile('proto/gen/qmtl/v1/tally_pb.js'),\n",
  },
  {
    path: 'temporal/clients/tally.ts',
    text: `import { create } from '@bufbuild/protobuf';
import type { Client } from '@temporalio/client';
import { TallyRequestSchema, type TallyResult } from '../../proto/gen/qmtl/v1/tally_pb.js';
import { tallyWorkflow } from '../../workflows/contract.js';

export function startTally(client: Client, name: string): Promise<TallyResult> {
  return client.workflow.execute(tallyWorkflow.type, {
    workflowId: tallyWorkflow.id(name),
    taskQueue: tallyWorkflow.queue,
    args: [create(TallyRequestSchema, { name })],
  });
}
`,
  },
  {
    path: 'tests/workflows/tally.test.ts',
    text: `import { mkdirSync, writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTally } from '../../temporal/clients/tally.js';
import { tallyWorkflow } from '../../workflows/contract.js';
import { openEnvironment, openPlane } from './harness.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await openEnvironment();
});
afterAll(() => env.teardown());

test('an empty graph has no nodes to count', async () => {
  const plane = openPlane(env);
  await plane.startWorker();
  expect((await startTally(plane.client, 'empty')).nodes).toBe(0);
  const history = await plane.client.workflow.getHandle(tallyWorkflow.id('empty')).fetchHistory();
  mkdirSync('tests/histories/tally', { recursive: true });
  // The time-skipping server omits the workflow id, which replay needs.
  const start = '"workflowExecutionStartedEventAttributes": {';
  const text = historyToJSON(history).replace(start, start + '"workflowId": "tally/empty",');
  writeFileSync('tests/histories/tally/empty.json', text);
});
`,
  },
  { path: 'docs/spec/tally.md', text: '# Tally\n\nCounts the nodes of the graph once.\n' },
  { path: 'CHANGELOG.md', anchor: '### Features\n', after: '- `tally` counts the nodes of the graph.\n' },
];
