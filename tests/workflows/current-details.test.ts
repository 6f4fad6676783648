import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { RegisterSubmissionResultSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { SubmitStrategyRequestSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { submissionDetails } from '../../workflows/submission/current-details.js';
import { registeredEvent } from '../../workflows/submission/step-events.js';

const request = create(SubmitStrategyRequestSchema, { strategyId: 's', version: 'v1', worldId: 'w' });

test('the details of a submission stay within their limit, whatever a step said', () => {
  const waiting = { step: 'register', rounds: 1, code: 'E_CONTENDED', message: 'x'.repeat(552_000) };
  const text = submissionDetails(request, { kind: 'received' }, waiting);
  expect(text).toContain('Waiting to repeat `register`');
  expect(text.length).toBeLessThan(limits.currentDetailsCharsMax + 50);
});

test('a submission that waits for many topics lists the first ones and how many there are beside', () => {
  const topics = Array.from({ length: 20_000 }, (_, index) => `t${index}`);
  const result = create(RegisterSubmissionResultSchema, {
    submissionId: 'id',
    outcome: { case: 'contended', value: { reason: 'queues are being collected', topics } },
  });
  expect(registeredEvent(result, 'id')).toEqual({
    kind: 'wait',
    code: 'E_CONTENDED',
    message: `queues are being collected: t0, t1, t2, t3, t4 and ${20_000 - limits.namesInMessageMax} more`,
  });
});
