import { proxyActivities } from '@temporalio/workflow';
import type { PublishActivities } from '../activities/publish-events.js';
import { outboxDecision } from './activity-options.js';

const { wakeIfWaiting } = proxyActivities<PublishActivities>(outboxDecision);

/** The safety net of the publisher, started by a schedule: a commit whose wake-up was lost waits no longer than until its next run. */
export async function superviseOutbox(): Promise<void> {
  await wakeIfWaiting();
}
