import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { workflowBundle } from '../../temporal/bundle/workflow-bundle.js';
import { dataConverter } from '../../temporal/payloads/data-converter.js';
import { installTemporalRuntime } from '../../workers/worker.js';

// One history is replayed to fail: its complaints say nothing about this run.
installTemporalRuntime({ level: 'error', log: () => {} });

const histories = fileURLToPath(new URL('../histories/', import.meta.url));
const recorded = readdirSync(histories, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort();

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string };
  }[];
}

/** Replays a history under the workflow id it was recorded with: the id names the submission. */
async function replay(
  file: string,
  bundle: typeof workflowBundle | { readonly code: string },
): Promise<void> {
  const history: RecordedHistory = JSON.parse(readFileSync(`${histories}/${file}`, 'utf8'));
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  if (workflowId === undefined) throw new Error(`${file} does not begin with the start of a workflow`);
  await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter }, history, workflowId);
}

describe('recorded histories', () => {
  test('there is a recorded history for every outcome of a submission', () => {
    const names = recorded
      .filter((file) => file.startsWith('submit-strategy/'))
      .map((file) => file.slice('submit-strategy/'.length, -'.json'.length));
    const ways = ['all-new', 'all-reuse', 'broker-away', 'cancelled', 'graph-away', 'joined', 'refused'];
    // Each is recorded again after a change that older runs must not see.
    const later = ways.map(
      (way) => `${way}${way === 'all-reuse' ? '-committed-at-once' : '-lasting-states'}`,
    );
    const cancelledBetweenSteps = ['cancelled-too-late', 'cancelled-between-steps'];
    // Those that publish were recorded again when the publisher took that over.
    const announced = ['all-new', 'broker-away', 'graph-away'].map((way) => `${way}-announced`);
    const manyArtifacts = ['many-artifacts', 'many-artifacts-apart'];
    const operatorFaults = ['operator-fault-final', 'operator-fault'];
    const all = [
      ...ways,
      ...later,
      ...cancelledBetweenSteps,
      ...announced,
      ...manyArtifacts,
      ...operatorFaults,
      'failed',
    ];
    expect(names.sort()).toEqual(all.sort());
  });

  test('there is a recorded history of the publisher', () => {
    expect(recorded).toContain('publish-outbox/rounds.json');
  });

  test.each(recorded)('%s replays with the current workflow code', async (file) => {
    await expect(replay(file, workflowBundle)).resolves.toBeUndefined();
  });

  test.each([
    ['submit-strategy/all-new', 'writes.registerSubmission('],
    ['add-artifacts/graph-away', 'artifacts.storeArtifactPart('],
  ])('%s does not replay with a different step', async (file, call) => {
    const other = call.replace(/\w+\($/, 'somethingElse(');
    const code = readFileSync(workflowBundle.codePath, 'utf8').replaceAll(call, other);
    await expect(replay(`${file}.json`, { code })).rejects.toThrow(DeterminismViolationError);
  });
});
