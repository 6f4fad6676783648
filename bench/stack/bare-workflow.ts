import { condition, defineUpdate, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities } from './bare.js';

const steps = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '10s' });

/** What a submission is to Temporal, without its work: an update that answers after the first step, and two steps more. */
export async function bare(request: string): Promise<string> {
  let accepted = false;
  setHandler(defineUpdate<string>('accept'), async () => {
    await condition(() => accepted);
    return request;
  });
  await steps.first(request);
  accepted = true;
  await steps.second(request);
  return steps.third(request);
}
