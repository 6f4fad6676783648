import { describe, expect, test } from 'vitest';
import { isPassing, submissionError } from '../../temporal/clients/submission-error.js';
import { limitedAnswersMax, untilAnswered } from '../../temporal/clients/until-answered.js';

const grpc = (code: number, details: string) =>
  Object.assign(new Error(`${code} CODE: ${details}`), { code, details, metadata: {} });
const limited = grpc(8, 'namespace rate limit exceeded');
const away = grpc(14, 'no connection');

/** Asks a server that gives these answers, the last one again and again. */
async function asked(answers: readonly Error[], thenAnswers = false) {
  const pauses: number[] = [];
  let calls = 0;
  const ask = async () => {
    const answer = answers[calls] ?? (thenAnswers ? undefined : answers.at(-1));
    calls += 1;
    if (answer !== undefined) throw answer;
    return 'answered';
  };
  const outcome = await untilAnswered(ask, async (ms) => void pauses.push(ms)).catch(
    (error: unknown) => error,
  );
  return { outcome, pauses };
}

describe('a server that limits the rate', () => {
  test('a limited rate is waited out with longer and longer pauses', async () => {
    const { outcome, pauses } = await asked([limited, limited, limited], true);
    expect([outcome, pauses]).toEqual(['answered', [500, 1_000, 2_000]]);
  });

  test('the wait for a limited rate ends after the limit of answers, about ten minutes', async () => {
    const { outcome, pauses } = await asked([limited]);
    expect(outcome).toBe(limited);
    expect(pauses).toHaveLength(limitedAnswersMax);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(601_500);
    expect(submissionError(outcome)).toMatchObject({
      code: 'E_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('limits the rate'),
    });
  });

  test('a server that was away in between starts the count again', async () => {
    const answers = Array.from({ length: 60 }, (_, index) => (index % 20 === 19 ? away : limited));
    expect((await asked(answers, true)).outcome).toBe('answered');
  });

  test('a message that is too large has the same status, and is refused at once', async () => {
    const large = grpc(8, 'Received message larger than max (5000000 vs. 4194304)');
    expect(isPassing(large)).toBe(false);
    expect(await asked([large])).toEqual({ outcome: large, pauses: [] });
    expect(submissionError(large)).toMatchObject({ code: 'E_LIMIT_EXCEEDED' });
  });
});
