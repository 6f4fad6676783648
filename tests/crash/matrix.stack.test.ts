import { cpus } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlPlaneActivities } from '../../workers/control-plane.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { noSignals } from '../no-signals.js';
import { nameOf } from './crash-point.js';
import { type Cell, type CellResult, discoverCells, runCell } from './matrix.js';
import { kill, long, network, type Outage, runOutage } from './outages.js';
import { writeCells } from './report.js';
import { CrashRig } from './rig.js';

/** `npm run test:crash` runs every cell and writes docs/reliability.md; `npm test` runs a sample. */
const full = process.env.QMTL_CRASH_MATRIX === 'full';
const results: CellResult[] = [];

let opened: CrashRig | undefined;
beforeAll(async () => {
  opened = await CrashRig.open();
});
afterAll(async () => {
  await opened?.close();
  if (!full) return;
  const machine = `${cpus().length} cores, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  writeCells(`${results.length} cells, ${date}, ${machine}.`, results);
});

function rig(): CrashRig {
  if (opened === undefined) throw new Error('the rig has not started');
  return opened;
}

/** After an effect and before its result is known: the most delicate points, one per activity. */
const sampled: readonly string[] = [
  'registerSubmission, after neo4j: register',
  'ensureTopics, after kafka: create topics',
  'commitSubmission, before its acknowledgement',
  'publishEvents, after kafka: publish',
];

/** And one of each scenario that has cells of its own. */
const sampledOwn: ReadonlyMap<string, string> = new Map([
  ['known nodes', 'registerSubmission, after neo4j: register'],
  ['more tags', 'commitSubmission, before its acknowledgement'],
]);

const outages: readonly Outage[] = [
  kill('kafka'),
  kill('neo4j'),
  kill('temporal'),
  network('neo4j', { kind: 'delay', ms: 100 }, 10_000),
  network('neo4j', { kind: 'reset' }, 5_000),
  network('neo4j', { kind: 'stall' }, 20_000),
  network('kafka', { kind: 'delay', ms: 100 }, 10_000),
  network('kafka', { kind: 'reset' }, 5_000),
  network('kafka', { kind: 'stall' }, 20_000),
  long('kafka', 120_000),
  long('neo4j', 60_000),
];

describe('a worker that is killed', { timeout: 3_600_000 }, () => {
  test('I-1: I-2: I-3: I-4: a worker killed at any point leaves only work that another worker completes', async () => {
    const cells = await discoverCells(rig());
    expect(activitiesOf(cells)).toEqual(everyActivity());
    const chosen = full ? cells : cells.filter(isSampled);
    expect(chosen.length).toBe(full ? cells.length : sampled.length + sampledOwn.size);
    for (const [index, cell] of chosen.entries()) {
      const result = await runCell(rig(), cell, 100 + index);
      results.push(result);
      expect(result).toMatchObject({ violations: [] });
    }
  });

  test.each(full ? outages : outages.slice(0, 1))(
    '$name: all submissions end without help',
    async (outage) => {
      const result = await runOutage(rig(), outage, results.length);
      results.push(result);
      expect(result).toMatchObject({ violations: [] });
    },
  );
});

function isSampled({ point, scenario }: Cell): boolean {
  const name = nameOf(point);
  return scenario.ownCells === undefined ? sampled.includes(name) : name === sampledOwn.get(scenario.name);
}

function activitiesOf(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.map(({ point }) => point.activity))].sort();
}

function everyActivity(): readonly string[] {
  const deps = {
    ...memoryStores(Date.now),
    signals: noSignals,
    namespacePolicy: 'world-domain',
    now: Date.now,
  } as const;
  const { control, publish } = controlPlaneActivities(deps);
  return Object.keys({ ...control, ...publish }).sort();
}
