import { expect, test } from 'vitest';
import { recentAnswer } from '../../std/recent-answer.js';

/** A question whose answers are given by hand, and a clock moved by hand. */
function asked() {
  const open: { resolve(value: number): void; reject(error: Error): void }[] = [];
  let at = 0;
  const answer = recentAnswer(
    () => new Promise((resolve, reject) => void open.push({ resolve, reject })),
    100,
    () => at,
  );
  return {
    answer,
    open,
    moveTo: (time: number) => {
      at = time;
    },
  };
}

test('all who ask while an answer is under way share it, however long it takes', async () => {
  const { answer, open, moveTo } = asked();
  const first = answer();
  moveTo(10_000);
  const second = answer();
  open[0]?.resolve(1);
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  expect(open).toHaveLength(1);
});

test('an answer is kept from when it came, and asked for again after that', async () => {
  const { answer, open, moveTo } = asked();
  const first = answer();
  moveTo(50);
  open[0]?.resolve(1);
  await first;
  moveTo(149);
  expect(await answer()).toBe(1);
  moveTo(150);
  const second = answer();
  open[1]?.resolve(2);
  expect(await second).toBe(2);
  expect(open).toHaveLength(2);
});

test('a failure is kept like an answer, and does not last', async () => {
  const { answer, open, moveTo } = asked();
  const first = answer();
  open[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await expect(answer()).rejects.toThrow('away');
  moveTo(100);
  const second = answer();
  open[1]?.resolve(2);
  expect(await second).toBe(2);
});
