import type { TestProject } from 'vitest/node';
import type { Progress } from '../../devstack/process/progress.js';
import { QmtlError } from '../../domain/base/errors.js';
import { timeSkippingServer } from './time-skipping-server.js';

/**
 * Finds or fetches the time-skipping server once for all workflow tests. Without a JDK and Maven, Temporal's testing package
 * downloads a native one.
 */
export async function setup(project: TestProject): Promise<void> {
  const report = ({ kind, text }: Progress) => {
    if (kind !== 'progress') console.log(text);
  };
  const path = await timeSkippingServer({ env: process.env, report }).catch((error: unknown) => {
    if (!(error instanceof QmtlError && error.code === 'E_TOOL_MISSING')) throw error;
    console.log(`${error.message} Temporal's testing package downloads its own.`);
    return '';
  });
  project.provide('timeSkippingServer', path);
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of its executable; '' leaves it to the testing package. */
    timeSkippingServer: string;
  }
}
