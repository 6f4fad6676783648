import { posix } from 'node:path';
import { topFolders } from '../architecture/rule.js';
import { lineOf } from '../architecture/source-file.js';
import type { Tree } from '../architecture/tree-rules.js';
import { anchorsOf, headingsOf, relativeLinksOf } from './markdown.js';

/** A rule about what the texts of the repository refer to. */
export interface CitationRule {
  readonly name: string;
  readonly breaches: (tree: Tree) => readonly string[];
  /** Path → text; each must make it fire. */
  readonly bad: readonly Readonly<Record<string, string>>[];
  /** None may. */
  readonly good: readonly Readonly<Record<string, string>>[];
}

interface Place {
  readonly path: string;
  readonly text: string;
}

/** Files with text that people read or write. */
const readable = /(\.(ts|md|proto|java|ya?ml|sh)|Dockerfile)$/;
/** They hold the bad samples of these rules, or pages that only a copy of the tree gets. */
const samples = [
  'tests/contributing/dummy-workflow.ts',
  'tests/docs/citation-rules.ts',
  'tests/docs/wording-rules.ts',
];
const page = '# Page\n\n## Version labels\n\n### What `x` is, exactly\n';

export const citationRules: readonly CitationRule[] = [
  {
    name: 'a cited page of docs/ exists, and so does the cited heading',
    breaches: (tree) =>
      textsOf(tree).flatMap((place) =>
        findAll(place, /\bdocs\/[\w./-]+?\.md(?:#[\w-]+|, "[^"\n]+")?/g, (cited) => pageBreach(tree, cited)),
      ),
    bad: [
      { 'domain/x.ts': '/** As docs/none.md says. */' },
      { 'domain/x.ts': '/** (docs/page.md#version-label) */', 'docs/page.md': page },
      { 'proto/x.proto': '// docs/page.md, "Version label"', 'docs/page.md': page },
      { 'README.md': 'see `docs/spec/page.md`', 'docs/page.md': page },
    ],
    good: [
      {
        'domain/x.ts': '/** (docs/page.md#version-labels), docs/page.md#what-x-is-exactly. */',
        'docs/page.md': page,
      },
      { 'proto/x.proto': '// docs/page.md, "Version labels"', 'docs/page.md': page },
      { 'domain/x.ts': '// docs/*.md', 'docs/page.md': '```\n# no heading\n```\n' },
    ],
  },
  {
    name: 'a relative link leads to a file and a heading that exist',
    breaches: (tree) =>
      textsOf(tree)
        .filter(({ path }) => path.endsWith('.md'))
        .flatMap((place) =>
          relativeLinksOf(place.text)
            .filter(({ target }) => !leadsSomewhere(tree, place.path, target))
            .map(({ offset, target }) => at(place, offset, `links to ${target}`)),
        ),
    bad: [
      { 'docs/a.md': '[b](b.md)' },
      { 'docs/a.md': '[b](../docs/page.md#version)', 'docs/page.md': page },
      { 'docs/a.md': '# A\n[here](#b)' },
      { 'docs/spec/a.md': '[b](page.md)', 'docs/page.md': page },
    ],
    good: [
      { 'docs/a.md': '[b](page.md#version-labels) [c](https://x.y/z.md)', 'docs/page.md': page },
      { 'docs/a.md': '# A\n[here](#a) [folder](spec)', 'docs/spec/b.md': '' },
      { 'docs/a.md': '# A\n# A\n[second](#a-1)' },
    ],
  },
  {
    name: 'a source file that a page or a comment names exists',
    breaches: (tree) =>
      prosesOf(tree).flatMap((place) =>
        findAll(place, /(?<![\w/.*>-])[\w./-]*\w\.(?:ts|proto)\b/g, (named) =>
          isSource(tree, place.path, named) ? undefined : `names ${named}`,
        ),
      ),
    bad: [
      { 'docs/a.md': '`domain/none.ts`' },
      { 'docs/a.md': '`proto/qmtl/v1/none.proto`' },
      { 'domain/x.ts': '/** As in `y.ts`. */' },
      { 'domain/x.ts': '// like domain/base/y.ts', 'domain/y.ts': '' },
    ],
    good: [
      { 'docs/a.md': '`domain/x.ts`, `x.ts`, `*.stack.test.ts`, `tests/<name>.test.ts`', 'domain/x.ts': '' },
      { 'domain/x.ts': "/** As in `y.ts`. */ const sample = 'none.ts';", 'domain/y.ts': '' },
      { 'sdk/x.ts': '/** Such as `strategies/trend.ts`. */', 'tests/x.ts': '// small.ts' },
    ],
  },
  {
    name: 'a cited decision exists',
    breaches: (tree) =>
      textsOf(tree).flatMap((place) =>
        findAll(place, /\bADR \d+/g, (cited) => {
          const number = cited.slice('ADR '.length).padStart(4, '0');
          return tree.files.some((path) => path.startsWith(`docs/decisions/${number}-`))
            ? undefined
            : `cites ${cited}`;
        }),
      ),
    bad: [{ 'domain/x.ts': '// ADR 99', 'docs/decisions/0009-x.md': '' }],
    good: [{ 'domain/x.ts': '// ADR 9', 'docs/decisions/0009-x.md': '' }],
  },
  {
    name: 'nothing cites a document outside the repository',
    breaches: (tree) =>
      textsOf(tree).flatMap((place) =>
        outside.flatMap((pattern) => findAll(place, pattern, (cited) => `cites ${cited.trim()}`)),
      ),
    bad: [
      { 'domain/x.ts': '/** (interop.md, Topics) */' },
      { 'docs/a.md': 'vectors of interop' },
      { 'domain/x.ts': '// design §7' },
      { 'domain/x.ts': '// as design.md has it' },
      { 'domain/x.ts': '// resolution C9' },
      { 'CHANGELOG.md': '- precedence (C9)' },
      { 'graph/x.ts': '// S1-1.2, S0-TAG' },
      { 'docs/decisions/0001-x.md': 'row S0-GW-2c' },
      { 'tests/x.test.ts': "test('P32: no module is mocked', () => {});" },
      { 'docs/a.md': 'requirements.tsv' },
    ],
    good: [
      { 'domain/x.ts': '// RFC 9110 §12.5.1, SHA-256, I-1, KIP-219, designed for CI' },
      { 'docs/a.md': 'a high-resolution clock; interoperate; p0; UTF-8; S3-compatible' },
    ],
  },
];

/** Names and numbering of documents that are not part of the repository. */
const outside = [
  /\binterop(?:\.md)?\b/gi,
  /(?<!\bRFC \d+ )§/g,
  /(?<![\w/])(?:design|resolutions|rollout|requirements|data-plane)\.(?:md|tsv)\b/gi,
  /\bresolutions? C\d+/gi,
  /\(C\d{1,2}\)/g,
  /\bS[0-4]-(?:[A-Z]{2,}\b|[A-Z]-|\d+\.\d)/g,
  /\bP\d{1,2}(?::|\))/g,
];

function textsOf(tree: Tree): readonly Place[] {
  return tree.files
    .filter((path) => readable.test(path) && !samples.includes(path))
    .map((path) => ({ path, text: tree.read(path) }));
}

/** Pages as they are, and sources with everything but their comments blank. */
function prosesOf(tree: Tree): readonly Place[] {
  const pages = textsOf(tree).filter(({ path }) => path.endsWith('.md'));
  const comments = tree.sources
    .filter(({ path }) => !samples.includes(path))
    .map(({ path, text, comments: found }) => ({
      path,
      text: blankOutside(text, found),
    }));
  return [...pages, ...comments];
}

/** The text with everything outside of the spans blank, so that offsets and lines stay. Spans may overlap. */
export function blankOutside(
  text: string,
  spans: readonly { readonly start: number; readonly end: number }[],
): string {
  let kept = '';
  for (const { start, end } of spans) {
    kept += text.slice(kept.length, start).replace(/[^\n]/g, ' ');
    kept += text.slice(kept.length, Math.max(end, kept.length));
  }
  return kept;
}

function findAll(
  place: Place,
  pattern: RegExp,
  breach: (found: string) => string | undefined,
): readonly string[] {
  return [...place.text.matchAll(pattern)].flatMap((match) => {
    const says = breach(match[0]);
    return says === undefined ? [] : [at(place, match.index, says)];
  });
}

function at({ path, text }: Place, offset: number, says: string): string {
  return `${path}:${lineOf({ text }, offset)}: ${says}`;
}

function pageBreach(tree: Tree, cited: string): string | undefined {
  const [, path = '', anchor, heading] = /^(.+?\.md)(?:#(.+)|, "(.+)")?$/.exec(cited) ?? [];
  if (!tree.files.includes(path)) return `cites ${path}, which does not exist`;
  if (anchor !== undefined && !anchorsOf(tree.read(path)).has(anchor))
    return `cites ${cited}: no such heading`;
  if (heading !== undefined && !headingsOf(tree.read(path)).includes(heading))
    return `cites ${cited}: no such heading`;
  return undefined;
}

function leadsSomewhere(tree: Tree, from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file).replace(/\/$/, '');
  if (!tree.files.some((known) => known === path || known.startsWith(`${path}/`))) return false;
  return anchor === undefined || anchorsOf(tree.read(path)).has(anchor);
}

/** A path from the root has to be exact, a bare name that of some file; other paths, and bare names in tests, are examples. */
function isSource(tree: Tree, from: string, named: string): boolean {
  const path = named.replace(/^(?:\.\.?\/)+/, '');
  if (topFolders.some((folder) => path.startsWith(`${folder}/`))) return tree.files.includes(path);
  if (path.includes('/') || from.startsWith('tests/')) return true;
  return tree.files.some((known) => known === path || known.endsWith(`/${path}`));
}
