import type { AuthorAnswer } from './author-task.js';
import type { Pair } from './pair.js';

const faults = [
  'false reuse',
  'changed value',
  'accepted impurity',
  'refusal of honest code',
  'two ids of one computation',
  'refusal without a hint',
  'crash',
  'dishonest case',
] as const;
export type Fault = (typeof faults)[number];

export interface Finding {
  readonly pair: string;
  readonly fault: Fault;
  readonly says: string;
}

/** What is wrong with the product, or with the pair itself. */
export function judge(pair: Pair, a: AuthorAnswer, b: AuthorAnswer | undefined): readonly Finding[] {
  const found = [...crashes(a), ...(b === undefined ? [] : crashes(b))];
  const verdict = found.length > 0 ? found : judgements[pair.kind](a, b ?? a);
  return verdict.map(([fault, says]) => ({ pair: pair.name, fault, says }));
}

/** Values, of a live run or of the product. */
interface Run {
  readonly values?: Float64Array | undefined;
  readonly threw?: string;
}

type Verdict = readonly (readonly [fault: Fault, says: string])[];

const judgements: Readonly<Record<Pair['kind'], (a: AuthorAnswer, b: AuthorAnswer) => Verdict>> = {
  /** Two spellings of one computation have one id. */
  same: (a, b) => [
    ...honest(a, 'a'),
    ...honest(b, 'b'),
    ...(a.nodeId === b.nodeId ? [] : [['two ids of one computation', ''] as const]),
    ...(sameRun(a.live, b.live)
      ? []
      : [['dishonest case', `live: ${show(a.live)} and ${show(b.live)}`] as const]),
  ],
  /** Two computations that differ have two ids, or are refused. */
  apart: (a, b) => [
    ...(sameRun(a.live, b.live) ? [['dishonest case', `both live: ${show(a.live)}`] as const] : []),
    ...(isReused(a, b) ? [['false reuse', `live: ${show(a.live)} and ${show(b.live)}`] as const] : []),
    ...unchanged(a, 'a'),
    ...unchanged(b, 'b'),
  ],
  /** Refused, or failing before any value; its honest twin is accepted. */
  refused: (a, b) => [
    ...(a.refusal === undefined
      ? [['accepted impurity', `computes ${show(a)}, live ${show(a.live)}`] as const]
      : []),
    ...hinted(a),
    ...(a === b ? [] : honest(b, 'the twin')),
  ],
  accepted: (a, b) => [...honest(a, 'a'), ...(a === b ? [] : honest(b, 'b'))],
};

function crashes({ crash }: AuthorAnswer): Verdict {
  return crash === undefined ? [] : [['crash', crash]];
}

function honest(answer: AuthorAnswer, which: string): Verdict {
  const { refusal } = answer;
  if (refusal === undefined) return unchanged(answer, which);
  const { phase, code, message, hint } = refusal;
  return [
    ['refusal of honest code', `${which} at ${phase}: ${code} ${message} (${hint})`],
    ...hinted(answer),
  ];
}

/** One id, and no side is refused before its values are used. */
function isReused(a: AuthorAnswer, b: AuthorAnswer): boolean {
  return a.nodeId === b.nodeId && a.values !== undefined && b.values !== undefined;
}

/** What is accepted has the values of the plain function. */
function unchanged({ values, live }: AuthorAnswer, which: string): Verdict {
  if (values === undefined || sameRun({ values }, live)) return [];
  return [['changed value', `${which} computes ${show({ values })}, live ${show(live)}`]];
}

/** An error that the function throws itself needs no hint. */
function hinted({ refusal }: AuthorAnswer): Verdict {
  if (refusal === undefined || refusal.code === '' || refusal.hint !== '') return [];
  return [['refusal without a hint', refusal.message]];
}

function sameRun(one: Run | undefined, other: Run | undefined): boolean {
  const [a, b] = [one?.values, other?.values];
  if (a === undefined || b === undefined || one?.threw !== other?.threw) return false;
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

function show(run: Run | undefined): string {
  const values = [...(run?.values ?? [])].map((value) => (Object.is(value, -0) ? '-0' : String(value)));
  const [head, tail] = [values.slice(0, 4).join(', '), values.slice(-2).join(', ')];
  return `${head}, …, ${tail}${run?.threw === undefined ? '' : ` then threw ${run.threw}`}`;
}

/** Lines of a summary: how often each fault was found, then each finding. */
export function summary(pairs: number, findings: readonly Finding[]): string {
  const counts = faults.map((fault) => `  ${fault}: ${findings.filter((one) => one.fault === fault).length}`);
  const lines = findings.map(({ pair, fault, says }) => `${fault}: ${pair}\n    ${says}`);
  return [`${pairs} pairs`, ...counts, ...lines].join('\n');
}
