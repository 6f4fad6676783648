import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { askAuthors } from './author-pool.js';
import type { AuthorAnswer } from './author-task.js';
import { applied, type Edit, together } from './edit.js';
import { mutationsOf } from './mutations.js';
import { type Files, readFiles } from './pair.js';
import { respellingsOf } from './respellings.js';

/** `npm run test:adversary` takes all edits; the unit tier every twentieth. */
const every = process.env.QMTL_ADVERSARY === 'full' ? 1 : 20;
const folder = new URL('strategies/', import.meta.url);

interface Mutant {
  readonly name: string;
  readonly strategy: string;
  readonly files: Files;
  readonly edits: number;
}

type EditsOf = (path: string, text: string) => readonly (readonly Edit[])[];

const strategies = readdirSync(folder).map((file): Mutant => {
  return {
    name: file,
    strategy: file,
    files: readFiles(readFileSync(new URL(file, folder), 'utf8')),
    edits: 0,
  };
});

describe('ten strategies, token by token', { timeout: 600_000 }, async () => {
  const mutants = mutantsOf((path, text) => mutationsOf(path, text).map((edit) => [edit]));
  const respelled = mutantsOf((path, text) => together(respellingsOf(path, text)));
  const all = [...strategies, ...mutants, ...respelled];
  const tasks = all.map(({ files }) => ({ files, period: 10, bars: 0, wants: 'ids' as const }));
  const answers = await askAuthors(tasks);
  const answerOf = new Map(all.map((mutant, index) => [mutant, answers[index]]));
  const idOf = (mutant: Mutant) => answerOf.get(mutant)?.codeHash;
  const originals = new Map(strategies.map((one) => [one.strategy, idOf(one)]));
  const isSame = (mutant: Mutant) => idOf(mutant) === originals.get(mutant.strategy);

  const refused = mutants.filter((mutant) => idOf(mutant) === undefined);
  console.log(
    `${mutants.length} mutants: ${refused.length} refused, ${mutants.filter(isSame).length} with the id of the original`,
    `\n${sum(respelled)} edits without meaning, in ${respelled.length} sources: ${respelled.filter((mutant) => !isSame(mutant)).length} with another id`,
  );

  test('every strategy has an id', () => {
    expect(strategies.filter((one) => idOf(one) === undefined).map((one) => answerOf.get(one))).toEqual([]);
  });

  test('an edit that changes the computation changes its id, or is refused', () => {
    expect(mutants.filter(isSame).map(nameOf)).toEqual([]);
  });

  test('an edit that changes nothing of the computation keeps its id', () => {
    const others = respelled.filter((mutant) => !isSame(mutant));
    expect(others.map((mutant) => `${mutant.name} ${reasonOf(answerOf.get(mutant))}`)).toEqual([]);
  });

  test('no edit ends the process', () => {
    expect(answers.filter(({ crash }) => crash !== undefined)).toEqual([]);
  });
});

function sum(mutants: readonly Mutant[]): number {
  return mutants.reduce((total, { edits }) => total + edits, 0);
}

function nameOf({ name }: Mutant): string {
  return name;
}

function reasonOf(answer: AuthorAnswer | undefined): string {
  return answer?.refusal?.message ?? '';
}

function mutantsOf(editsOf: EditsOf): readonly Mutant[] {
  const all = strategies.flatMap(({ strategy, files }) =>
    Object.entries(files).flatMap(([path, text]) =>
      editsOf(path, text).map((edits): Mutant => {
        const [first] = edits;
        const line = text.slice(0, first?.start).split('\n').length;
        const name = `${strategy} ${path}:${line} ${edits.map(({ what }) => what).join(', ')}`;
        return { name, strategy, files: { ...files, [path]: applied(text, edits) }, edits: edits.length };
      }),
    ),
  );
  return all.filter((_, index) => index % every === 0);
}
