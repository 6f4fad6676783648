import type { PartName } from '../../devstack/supervisor/folder.js';
import type { SubmissionHandle } from '../../sdk/submission/submit.js';
import type { FaultMode, FaultProxy } from '../stack/fault-proxy.js';
import type { CellResult } from './matrix.js';
import type { CrashRig } from './rig.js';

/** A failure of the engines while submissions run. */
export interface Outage {
  readonly name: string;
  /** Causes the failure and ends it. */
  readonly happen: (rig: CrashRig, handles: readonly SubmissionHandle[]) => Promise<void>;
}

const submissionsPerOutage = 12;

/** An engine killed with SIGKILL and restarted on the same data. */
export function kill(part: PartName): Outage {
  return {
    name: `kill -9 of ${part}`,
    happen: async (rig) => {
      await rig.stack.kill(part);
      await pause(2_000);
      await rig.stack.start(part);
    },
  };
}

/** A network that fails for a while. */
export function network(what: 'neo4j' | 'kafka', mode: FaultMode, ms: number): Outage {
  const proxyOf = (rig: CrashRig): FaultProxy => (what === 'neo4j' ? rig.graphProxy : rig.kafkaProxy);
  return {
    name: `${what}: ${describe(mode)} for ${ms / 1_000} s`,
    happen: async (rig) => {
      proxyOf(rig).set(mode);
      await pause(ms);
      proxyOf(rig).set({ kind: 'pass' });
    },
  };
}

/** An engine that is away until every submission reports that it waits, and some time longer. */
export function long(part: PartName, ms: number): Outage {
  return {
    name: `${part} is away until submissions say so, and ${ms / 1_000} s more`,
    happen: async (rig, handles) => {
      await rig.stack.kill(part);
      for (const handle of handles) await untilRetrying(handle);
      await pause(ms);
      await rig.stack.start(part);
    },
  };
}

/** Submissions under way during the failure; all must end without help. */
export async function runOutage(
  rig: CrashRig,
  { name, happen }: Outage,
  number: number,
): Promise<CellResult> {
  const worker = await rig.startWorker();
  const handles = await Promise.all(
    Array.from({ length: submissionsPerOutage }, (_, index) =>
      rig.submit({
        nodes: 3,
        first: 1_000_000 + number * 1_000 + index * 2,
        strategy: `outage-${number}-${index}`,
      }),
    ),
  );
  await happen(rig, handles);
  const healed = performance.now();
  for (const handle of handles) await handle.receipt();
  const recoveredMs = performance.now() - healed;
  await worker.stop();
  return {
    cell: name,
    scenario: `${submissionsPerOutage} submissions`,
    recoveredMs,
    violations: await rig.violations(),
  };
}

/** True for an ended submission too: an outage may be too late for a quick one. */
async function untilRetrying(handle: SubmissionHandle): Promise<void> {
  for (;;) {
    const { state, retrying } = await handle.progress();
    if (retrying !== undefined || state === 'completed') return;
    await pause(200);
  }
}

function describe(mode: FaultMode): string {
  switch (mode.kind) {
    case 'pass':
      return 'nothing';
    case 'delay':
      return `${mode.ms} ms more in each direction`;
    case 'stall':
      return 'half-open connections';
    case 'reset':
      return 'connections are reset';
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
