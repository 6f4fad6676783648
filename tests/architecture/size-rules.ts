import type { Node } from 'oxc-parser';
import { anywhere, type FileRule, isProduct } from './rule.js';
import { lineOf, type SourceFile } from './source-file.js';
import { calleeRoot } from './syntax.js';

const fileLinesMax = 400;
const functionLinesMax = 70;

const longBody = Array.from({ length: functionLinesMax }, () => '  step();').join('\n');

export const sizeRules: readonly FileRule[] = [
  {
    name: `a file has at most ${fileLinesMax} lines`,
    looksAt: anywhere,
    breaches: (file) => {
      const lines = lineOf(file, file.text.trimEnd().length);
      return lines > fileLinesMax ? [{ offset: 0, says: `${lines} lines` }] : [];
    },
    bad: [{ path: 'domain/long.ts', text: 'step();\n'.repeat(fileLinesMax + 1) }],
    good: [{ path: 'domain/full.ts', text: 'step();\n'.repeat(fileLinesMax) }],
  },
  {
    name: `a function has at most ${functionLinesMax} lines`,
    looksAt: anywhere,
    breaches: (file) =>
      file.nodes
        .filter(({ node }) => isFunction(node) && !(isSuite(node) && !isProduct(file.path)))
        .map(({ node }) => ({ node, lines: linesOf(file, node) }))
        .filter(({ lines }) => lines > functionLinesMax)
        .map(({ node, lines }) => ({ offset: node.start, says: `a function of ${lines} lines` })),
    bad: [
      { path: 'domain/long.ts', text: `export function long() {\n${longBody}\n}\n` },
      { path: 'tests/long.test.ts', text: `test('a case', () => {\n${longBody}\n});\n` },
    ],
    good: [
      {
        path: 'tests/suite.test.ts',
        text: `describe('a suite', () => {\n${longBody}\n  test('x', () => {});\n});\n`,
      },
    ],
  },
];

function linesOf(file: SourceFile, node: Node): number {
  return lineOf(file, node.end) - lineOf(file, node.start) + 1;
}

function isFunction({ type }: Node): boolean {
  return (
    type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression'
  );
}

/** A function that only contains tests: its length follows their number. */
function isSuite(node: Node): boolean {
  const body = 'body' in node ? node.body : undefined;
  if (typeof body !== 'object' || body === null || !('type' in body) || body.type !== 'BlockStatement')
    return false;
  return body.body.some(
    (statement) =>
      statement.type === 'ExpressionStatement' &&
      ['test', 'describe'].includes(calleeRoot(statement.expression)),
  );
}
