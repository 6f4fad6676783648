import type { Node } from 'oxc-parser';
import { type FileRule, isIn } from './rule.js';
import { calleeRoot, methodOf, textsOf } from './syntax.js';

const tests = isIn('tests');
const mocks = ['mock', 'doMock', 'unmock', 'importMock', 'mockObject'];

export const testRules: readonly FileRule[] = [
  {
    name: 'no module is mocked',
    looksAt: tests,
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => calleeRoot(node) === 'vi' && mocks.includes(methodOf(node)))
        .map(({ node }) => ({ offset: node.start, says: `vi.${methodOf(node)}` })),
    bad: [
      { path: 'tests/x.test.ts', text: "vi.mock('../api/app.js');" },
      { path: 'tests/x.test.ts', text: "vi.doMock('../api/app.js', () => ({}));" },
    ],
    good: [{ path: 'tests/x.test.ts', text: 'vi.useFakeTimers(); const f = vi.fn();' }],
  },
  {
    name: 'a test title is a plain statement, never "should"',
    looksAt: tests,
    breaches: ({ nodes }) =>
      nodes
        .flatMap(({ node }) => titlesOf(node).map((title) => ({ node, title })))
        .filter(({ title }) => /\bshould\b/i.test(title) || title.trim() === '')
        .map(({ node, title }) => ({ offset: node.start, says: `titled ${JSON.stringify(title)}` })),
    bad: [
      { path: 'tests/x.test.ts', text: "test('should answer', () => {});" },
      { path: 'tests/x.test.ts', text: "test.each([1])('%i Should answer', () => {});" },
      { path: 'tests/x.test.ts', text: "describe.skip('what should be', () => {});" },
      { path: 'tests/x.test.ts', text: "test('', () => {});" },
    ],
    good: [{ path: 'tests/x.test.ts', text: "test('answers', () => { say('you should see this'); });" }],
  },
  {
    name: 'no test is skipped, and none runs alone',
    looksAt: tests,
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => isTestCall(node) && /^(only|skip|todo|fails)$/.test(methodOf(node)))
        .map(({ node }) => ({ offset: node.start, says: `.${methodOf(node)}` })),
    bad: [
      { path: 'tests/x.test.ts', text: "test.only('answers', () => {});" },
      { path: 'tests/x.test.ts', text: "describe.skip('answers', () => {});" },
      { path: 'tests/x.test.ts', text: "test.todo('answers');" },
    ],
    good: [{ path: 'tests/x.test.ts', text: "test.each([1])('%i answers', () => {});" }],
  },
];

function isTestCall(node: Node): boolean {
  return node.type === 'CallExpression' && ['test', 'it', 'describe', 'suite'].includes(calleeRoot(node));
}

/** The first argument of a call that makes a test or a suite. */
function titlesOf(node: Node): readonly string[] {
  if (node.type !== 'CallExpression' || !isTestCall(node)) return [];
  const [title] = node.arguments;
  if (title === undefined) return [];
  return title.type === 'TemplateLiteral' ? [textsOf(title).join('…')] : textsOf(title);
}
