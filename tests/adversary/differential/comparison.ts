import { createHash } from 'node:crypto';
import { askAuthors, type Installation } from '../author-pool.js';
import type { AuthorAnswer } from '../author-task.js';
import type { Files } from '../pair.js';
import { generatedPeriod } from './generated-strategy.js';

/** One strategy in one environment. */
export interface Outcome {
  readonly nodeId: string;
  /** Of the bytes of all outputs; of a strategy that is refused or fails, what it says. */
  readonly digest: string;
  readonly isRefused: boolean;
}

export async function outcomesIn(
  sources: readonly Files[],
  bars: number,
  installation: Installation,
): Promise<readonly Outcome[]> {
  const tasks = sources.map((files) => ({ files, period: generatedPeriod, bars, wants: 'outputs' as const }));
  return (await askAuthors(tasks, installation)).map(outcomeOf);
}

function outcomeOf({ nodeId, values, refusal, crash }: AuthorAnswer): Outcome {
  const says = crash ?? refusal?.message ?? 'no outputs';
  const id = nodeId ?? says;
  if (values === undefined) return { nodeId: id, digest: says, isRefused: true };
  return { nodeId: id, digest: digestOf(values), isRefused: false };
}

/** Over all bits, except those of NaN, which the language leaves open and no record keeps. */
function digestOf(values: Float64Array): string {
  const bytes = new DataView(new ArrayBuffer(8 * values.length));
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) bytes.setBigUint64(8 * index, 0x7ff8_0000_0000_0000n);
    else bytes.setFloat64(8 * index, value);
  }
  return createHash('sha256').update(bytes).digest('hex');
}

/** Strategies, by index, for which two environments differ. */
export interface Difference {
  readonly index: number;
  readonly in: string;
  readonly says: string;
}

/** Equal source has an equal id everywhere, and an equal id equal outputs. */
export function differences(byEnvironment: ReadonlyMap<string, readonly Outcome[]>): readonly Difference[] {
  const [first, ...others] = byEnvironment;
  if (first === undefined) return [];
  const digests = new Map<string, string>();
  return [first, ...others].flatMap(([name, outcomes]) =>
    outcomes.flatMap(({ nodeId, digest }, index): Difference[] => {
      const expected = first[1][index]?.nodeId;
      if (nodeId !== expected) return [{ index, in: name, says: `has the id ${nodeId}, not ${expected}` }];
      const known = digests.get(nodeId) ?? digest;
      digests.set(nodeId, known);
      return digest === known ? [] : [{ index, in: name, says: `computes ${digest}, not ${known}` }];
    }),
  );
}
