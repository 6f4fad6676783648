import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Progress } from '../../devstack/process/progress.js';
import { type PartName, partNames } from '../../devstack/supervisor/folder.js';
import { startStack } from '../../devstack/supervisor/stack.js';
import { searchAttributeTypes } from '../../workflows/contract.js';
import { type Engines, givenEngines } from './engines.js';

/**
 * Real engines for all `*.stack.test.ts`: those named by the environment, and for the rest one stack in a folder of its
 * own. They are shared: a test uses unique names.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = givenEngines(process.env);
  const missing = partNames.filter((part) => given[part] === undefined);
  const { engines, teardown } = await startMissing(missing);
  project.provide('engines', { ...engines, ...given });
  return teardown;
}

async function startMissing(parts: readonly PartName[]) {
  if (parts.length === 0) return { engines: nothing, teardown: undefined };
  const folder = mkdtempSync(join(tmpdir(), 'qmtl-stack-'));
  const report = ({ kind, text }: Progress) => {
    if (kind !== 'progress') console.log(text);
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const stack = await startStack({
      folder,
      parts,
      env: process.env,
      report,
      searchAttributes: searchAttributeTypes,
    });
    const { neo4j, kafka, temporal } = stack;
    return {
      engines: { neo4j, kafka, temporal },
      teardown: async () => {
        await stack.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Whether the environment names every engine. */
const nothing: Engines = {
  neo4j: { dsn: '', user: '', password: '' },
  kafka: { brokers: [] },
  temporal: { address: '' },
};

declare module 'vitest' {
  export interface ProvidedContext {
    engines: Engines;
  }
}
