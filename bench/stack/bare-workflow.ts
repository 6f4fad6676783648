import { condition, defineUpdate, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities } from './bare.js';

const steps = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '10s' });

/** The shape of a submission of known nodes without its work: one step, after which an update answers. */
export async function bare(request: string): Promise<string> {
  let accepted = false;
  setHandler(defineUpdate<string>('accept'), async () => {
    await condition(() => accepted);
    return request;
  });
  const answer = await steps.only(request);
  accepted = true;
  return answer;
}
