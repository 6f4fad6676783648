import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type CrashPoint, nameOf } from './crash-point.js';
import type { CrashRig } from './rig.js';
import { type Scenario, scenarios } from './scenarios.js';

/** One crash and its outcome. */
export interface Cell {
  readonly point: CrashPoint;
  readonly scenario: Scenario;
}

export interface CellResult {
  readonly cell: string;
  readonly scenario: string;
  /** From the death of the worker until all submissions had ended, milliseconds. */
  readonly recoveredMs: number;
  readonly violations: readonly string[];
}

const pointSchema = z.object({
  activity: z.string(),
  call: z.string(),
  phase: z.enum(['before', 'after', 'ack']),
});

/** Runs every scenario once with a worker that records the points it passes: each point is a cell. */
export async function discoverCells(rig: CrashRig): Promise<readonly Cell[]> {
  const cells = new Map<string, Cell>();
  for (const [number, scenario] of scenarios.entries()) {
    await prepare(rig, scenario, number);
    const log = join(rig.stack.folder, `passed-${number}.jsonl`);
    const worker = await rig.startCrashingWorker(undefined, log);
    const handle = await scenario.begin(rig, number);
    await scenario.end(rig, handle, number);
    await worker.stop('SIGKILL');
    for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
      const point = pointSchema.parse(JSON.parse(line));
      const key = `${nameOf(point)}${hasOwnCell(scenario, point) ? ` ${scenario.name}` : ''}`;
      if (!cells.has(key)) cells.set(key, { point, scenario });
    }
  }
  return [...cells.values()];
}

export function hasOwnCell({ ownCells = [] }: Scenario, { activity }: CrashPoint): boolean {
  return ownCells === 'all' || ownCells.includes(activity);
}

async function prepare(rig: CrashRig, scenario: Scenario, number: number): Promise<void> {
  if (scenario.prepare === undefined) return;
  const worker = await rig.startWorker();
  await scenario.prepare(rig, number);
  await worker.stop();
}

/** Kills a worker at the cell's point, starts another one, and checks what they left behind. */
export async function runCell(rig: CrashRig, { point, scenario }: Cell, number: number): Promise<CellResult> {
  await prepare(rig, scenario, number);
  const doomed = await rig.startCrashingWorker(point);
  const begun = scenario.begin(rig, number);
  const { signal } = await doomed.ended;
  if (signal !== 'SIGKILL') throw new Error(`the worker did not die at: ${nameOf(point)}`);
  const died = performance.now();
  // A worker that cannot reach the broker at start ends at once: in a scenario without a broker it is started with it.
  rig.kafkaProxy.set({ kind: 'pass' });
  const healthy = await rig.startWorker();
  await scenario.end(rig, await begun, number);
  const recoveredMs = performance.now() - died;
  await healthy.stop();
  return {
    cell: nameOf(point),
    scenario: scenario.name,
    recoveredMs,
    violations: await rig.violations(),
  };
}
