import type { Submission } from '../../domain/submissions/submission.js';
import { sampleSubmission } from '../samples.js';
import { type ActivityHooks, type ActivityName, ownWorld } from './harness.js';

const steps = [
  'registerSubmission',
  'ensureTopics',
  'commitSubmission',
  'wakePublisher',
  'publishEvents',
] as const satisfies readonly ActivityName[];
const moments = ['before', 'after'] as const;
/** Every moment at which a submission can be interrupted. */
export const cells = steps.flatMap((step) => moments.map((moment) => ({ step, moment })));

/** Calls `act` the first time the moment comes. */
export function once(
  step: ActivityName,
  moment: 'before' | 'after',
  act: () => Promise<void>,
): ActivityHooks {
  let done = false;
  return {
    [moment]: async (name: ActivityName) => {
      if (done || name !== step) return;
      done = true;
      await act();
    },
  };
}

export function submissionInItsOwnWorld(): Submission {
  return sampleSubmission({ nodes: 3, world: ownWorld() });
}
