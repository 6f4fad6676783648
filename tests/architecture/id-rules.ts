import type { Node } from 'oxc-parser';
import { workflowIdPrefixes } from '../../workflows/contract.js';
import { type FileRule, isProduct } from './rule.js';
import { textsOf } from './syntax.js';

/** The only files that build an id or a content hash. */
const makers = [
  'domain/artifacts/node-code.ts',
  'domain/artifacts/record-schema.ts',
  'domain/context/compute-key.ts',
  'domain/dag/dag-digest.ts',
  'domain/dag/node-id.ts',
  'domain/submissions/submission-id.ts',
  'sdk/compile/identify-nodes.ts',
  'workflows/contract.ts',
];
const prefixes = ['blake3:', ...workflowIdPrefixes];

export const idRules: readonly FileRule[] = [
  {
    name: 'an id is built only by the function that defines it',
    looksAt: (path) => isProduct(path) && !makers.includes(path),
    breaches: ({ nodes }) =>
      nodes
        .filter(({ node }) => joinsPrefix(node))
        .map(({ node }) => ({ offset: node.start, says: 'builds an id' })),
    bad: [
      { path: 'sdk/x.ts', text: 'const id = `blake3:${hex}`;' },
      { path: 'sdk/x.ts', text: "const id = 'blake3:' + hex;" },
      { path: 'cli/x.ts', text: 'const id = `submit-strategy/${submission}`;' },
    ],
    good: [
      { path: 'sdk/x.ts', text: "const hex = id.slice('blake3:'.length);" },
      { path: 'sdk/x.ts', text: "const hint = 'an id is blake3: and 64 digits';" },
    ],
  },
];

function joinsPrefix(node: Node): boolean {
  if (node.type === 'TemplateLiteral') return node.expressions.length > 0 && textsOf(node).some(endsInPrefix);
  return node.type === 'BinaryExpression' && node.operator === '+' && textsOf(node.left).some(endsInPrefix);
}

function endsInPrefix(text: string): boolean {
  return prefixes.some((prefix) => text.endsWith(prefix));
}
