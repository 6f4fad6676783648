/** Files by path; the first one exports `compute`. */
export type Files = Readonly<Record<string, string>>;

/** What is expected of a pair; see `tests/adversary/verdict.ts`. */
const kinds = ['same', 'apart', 'refused', 'accepted'] as const;
export type PairKind = (typeof kinds)[number];

export interface Pair {
  readonly name: string;
  readonly kind: PairKind;
  /** Bars in the window of the node. */
  readonly period: number;
  readonly a: Files;
  /** The twin. One that is refused or accepted alone has none. */
  readonly b: Files | undefined;
}

/**
 * Reads pairs from a text: `# kind | name` or `# kind | name | period`, the first source, `--`, its twin.
 *
 * A source is the text of main.ts; a line `// file other.ts` begins another file, or names the first. A line that
 * begins with `=>` is the rest of `(view) =>`; an expression there, or the block, sees the newest close as `x`, and as
 * `late` whether the bar is none of those that the product compares with the live function.
 */
export function readPairs(text: string): readonly Pair[] {
  return text
    .split(/^(?=# \w+ \|)/m)
    .filter((part) => part.startsWith('# '))
    .map(readPair);
}

function readPair(text: string): Pair {
  const [title = '', ...lines] = text.trimEnd().split('\n');
  const [kindText = '', name = '', period = '1'] = title.slice(2).split(' | ');
  const kind = kinds.find((one) => one === kindText);
  if (kind === undefined || name === '') throw new TypeError(`not the title of a pair: ${title}`);
  const [a = '', b, ...others] = lines.join('\n').split(/^--\n/m);
  if (others.length > 0) throw new TypeError(`more than two sources: ${title}`);
  if (b === undefined && (kind === 'same' || kind === 'apart')) throw new TypeError(`no twin: ${title}`);
  return { name, kind, period: Number(period), a: readFiles(a), b: b === undefined ? b : readFiles(b) };
}

export function readFiles(text: string): Files {
  const [first = '', ...named] = text.split(/^\/\/ file /m);
  const files = named.map((part): [string, string] => {
    const end = part.indexOf('\n');
    return [part.slice(0, end).trim(), part.slice(end + 1)];
  });
  const all: [string, string][] = first.trim() === '' ? files : [['main.ts', first], ...files];
  return Object.fromEntries(
    all.map(([path, content], index) => [path, index === 0 ? whole(content) : content]),
  );
}

const newest = 'const x = view.price.close.at(-1);';
/** After 20 bars of `marketOf`. */
const lateness = 'const late = view.time > 1583884800;';

function whole(text: string): string {
  const at = text.search(/^=> ?/m);
  if (at === -1) return text;
  const body = text.slice(at).replace(/^=> ?/, '').trim();
  const given = /\blate\b/.test(body) ? `${newest} ${lateness}` : newest;
  const block = body.startsWith('{') ? `{ ${given} ${body.slice(1)}` : `{ ${given} return (${body}); }`;
  return `${text.slice(0, at)}export const compute = (view) => ${block};\n`;
}
