import { lineOf } from '../architecture/source-file.js';
import { textsOf as fixedTexts } from '../architecture/syntax.js';
import type { Tree } from '../architecture/tree-rules.js';
import { blankOutside, type CitationRule } from './citation-rules.js';

interface Idiom {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly bad: string;
  readonly good: string;
}

/** Phrases an English reader stumbles over. */
const idioms: readonly Idiom[] = [
  { pattern: /\bfor ever\b/gi, instead: 'forever, unlimited', bad: 'kept for ever', good: 'kept forever' },
  { pattern: /\bours\b/gi, instead: 'name it', bad: 'a fault of ours', good: 'an internal error' },
  { pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: 'fix, correct', bad: 'mend the field', good: 'amend' },
  {
    pattern: /\bwhom?ever\b/gi,
    instead: 'name the party',
    bad: 'notifies whoever listens',
    good: 'notifies subscribers, however many',
  },
  {
    pattern: /(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b|less\b)/gi,
    instead: 'is not a …',
    bad: 'a record that is no event',
    good: 'there is no event; it is no longer there',
  },
  { pattern: /\bone an? /gi, instead: 'one per …', bad: 'one a node', good: 'one per node, one at a time' },
  {
    pattern: /\b(?:node|event|stream|batch|record|topic|set|key|line|text)s?, an? \w+ each\b/gi,
    instead: 'one per …',
    bad: 'records, a line each',
    good: 'records, one per line',
  },
  { pattern: /\bnews\b/gi, instead: 'events', bad: 'the news of a commit', good: 'the events, renewed' },
  {
    pattern: /\b(?:tells?|told)\b(?!.{0,60}?\bapart\b)/gi,
    instead: 'report, notify, show',
    bad: 'the hook is told',
    good: 'tells nodes, versions and namespaces apart',
  },
  { pattern: /\ba doubt\b/gi, instead: 'in doubt', bad: 'a doubt is new', good: 'in doubt it is new' },
  { pattern: /\banew\b/gi, instead: 'again', bad: 'is read anew', good: 'is read again' },
  { pattern: /\bsomebody\b/gi, instead: 'name the party', bad: 'somebody else', good: 'another client' },
  {
    pattern: /\b(?:tak(?:e|es|en|ing)|took) back\b/gi,
    instead: 'undo, withdraw',
    bad: 'takes back what it had',
    good: 'withdraws it',
  },
  { pattern: /\bha(?:s|ve) no say\b/gi, instead: 'does not matter', bad: 'has no say', good: 'says no' },
];

export const wordingRules: readonly CitationRule[] = [
  {
    name: 'no odd idioms in pages, comments and messages',
    breaches: (tree) =>
      proseOf(tree).flatMap(({ path, text }) =>
        idioms.flatMap(({ pattern, instead }) =>
          [...text.matchAll(pattern)].map(
            ({ index, 0: found }) => `${path}:${lineOf({ text }, index)}: "${found.trim()}", use: ${instead}`,
          ),
        ),
      ),
    bad: [
      ...idioms.map(({ bad }) => ({ 'docs/a.md': `It is so: ${bad}.` })),
      { 'domain/x.ts': '/** Kept for ever. */' },
      { 'domain/x.ts': "throw new Error('the file is no DAG');" },
      { 'domain/x.ts': 'throw new Error(`a record is no DAG`);' },
      { 'tests/x.test.ts': "test('reads it anew', () => {});" },
      { 'proto/qmtl/v1/x.proto': '// Kept for ever.' },
    ],
    good: [
      ...idioms.map(({ good }) => ({ 'docs/a.md': `It is so: ${good}.` })),
      { 'domain/x.ts': 'const ours = 1; const told = { news: ours };' },
      { 'docs/a.md': 'the member `told`' },
      { 'tests/docs/x.ts': '/** Kept for ever. */' },
    ],
  },
];

interface Prose {
  readonly path: string;
  readonly text: string;
}

/** Pages, contracts, and the comments and fixed texts of sources; everything else, and inline code, is blank. */
function proseOf(tree: Tree): readonly Prose[] {
  const pages = tree.files
    .filter((path) => /\.(?:md|proto|ya?ml)$/.test(path) && isProse(path))
    .map((path) => ({ path, text: tree.read(path) }));
  const sources = tree.sources
    .filter(({ path }) => isProse(path))
    .map(({ path, text, comments, nodes }) => {
      const texts = nodes.flatMap(({ node }) => (fixedTexts(node).length > 0 ? [node] : []));
      const spans = [...comments, ...texts].sort((a, b) => a.start - b.start);
      return { path, text: blankOutside(text, spans) };
    });
  return [...pages, ...sources].map(({ path, text }) => ({ path, text: withoutInlineCode(path, text) }));
}

function isProse(path: string): boolean {
  return !path.startsWith('tests/docs/');
}

/** In sources backquotes also delimit templates, whose texts count: only code in comments is blank there. */
function withoutInlineCode(path: string, text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  if (!path.endsWith('.ts')) return text.replace(/`[^`\n]+`/g, blank);
  return text.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, (line) => line.replace(/`[^`]+`/g, blank));
}
