import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { askAuthors } from './author-pool.js';
import type { AuthorTask } from './author-task.js';
import { knownFindings } from './known-findings.js';
import { type Files, type Pair, readPairs } from './pair.js';
import { type Fault, type Finding, judge, summary } from './verdict.js';

/** `npm run test:adversary` takes all pairs; the unit tier every tenth. */
const isFull = process.env.QMTL_ADVERSARY === 'full';
const folder = new URL('pairs/', import.meta.url);
const every = readdirSync(folder)
  .sort()
  .flatMap((file) => readPairs(readFileSync(new URL(file, folder), 'utf8')));
const pairs = isFull ? every : every.filter((_, index) => index % 10 === 0);

/** Honest code must not depend on where it runs, and these are places where text and time look unusual. */
const env = { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };

describe('adversarial pairs', { timeout: 600_000 }, async () => {
  const findings = await judgeAll(pairs);
  const unknown = findings.filter(({ pair }) => !knownFindings.has(pair));
  console.log(summary(pairs.length, findings));

  const never: readonly Fault[] = [
    'false reuse',
    'changed value',
    'accepted impurity',
    'two ids of one computation',
    'refusal without a hint',
    'crash',
    'dishonest case',
  ];
  test.each(never)('no pair ends in: %s', (fault) => {
    expect(unknown.filter((one) => one.fault === fault)).toEqual([]);
  });

  test('at most one in a hundred pairs is a refusal of honest code', () => {
    const refused = new Set(
      unknown.filter(({ fault }) => fault === 'refusal of honest code').map(({ pair }) => pair),
    );
    expect(refused.size).toBeLessThanOrEqual(pairs.length / 100);
  });

  test('every known finding is a pair that still fails', () => {
    const failing = new Set(findings.map(({ pair }) => pair));
    const names = new Set(every.map(({ name }) => name));
    const taken = new Set(pairs.map(({ name }) => name));
    const fixed = [...knownFindings].filter((name) =>
      taken.has(name) ? !failing.has(name) : !names.has(name),
    );
    expect(fixed).toEqual([]);
  });

  test('every pair has a name of its own', () => {
    const names = every.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('there are at least 600 pairs', () => {
    expect(every.length).toBeGreaterThanOrEqual(600);
  });
});

async function judgeAll(all: readonly Pair[]): Promise<readonly Finding[]> {
  const sides = all.flatMap((pair) =>
    [pair.a, ...(pair.b === undefined ? [] : [pair.b])].map((files) => taskOf(files, pair)),
  );
  const answers = [...(await askAuthors(sides, { env }))].values();
  return all.flatMap((pair) => {
    const a = answers.next().value;
    const b = pair.b === undefined ? undefined : answers.next().value;
    return judge(pair, a ?? { crash: 'no answer' }, b);
  });
}

function taskOf(files: Files, { period }: Pair): AuthorTask {
  return { files, period, bars: 30, wants: 'outputs and live' };
}
