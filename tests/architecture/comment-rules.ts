import { type Comment, type Node, parseSync } from 'oxc-parser';
import { anywhere, type FileRule } from './rule.js';
import type { SourceFile } from './source-file.js';

const sample = (text: string) => ({ path: 'domain/x.ts', text });

export const commentRules: readonly FileRule[] = [
  {
    name: 'no TODO, FIXME, XXX or HACK',
    looksAt: anywhere,
    breaches: ({ comments }) =>
      comments
        .filter(({ value }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(value))
        .map(({ start, value }) => ({ offset: start, says: value.trim() })),
    bad: [sample('// TODO: later'), sample('/** FIXME */\nexport const x = 1;'), sample('/* XXX */')],
    good: [sample("export const marker = 'TODO'; // to do it well")],
  },
  {
    name: 'no commented-out code',
    looksAt: anywhere,
    breaches: (file) =>
      commentRuns(file)
        .filter(({ text }) => isCode(text))
        .map(({ offset, text }) => ({ offset, says: text.trim().split('\n')[0] ?? '' })),
    bad: [
      sample('// const x = 1;'),
      sample('// if (x) {\n//   go();\n// }'),
      sample("// import { x } from './y.js';"),
      sample('/* return x + 1; */'),
      sample('// await go();'),
    ],
    good: [
      sample('// the reason'),
      sample('// a: b'),
      sample('// x'),
      sample('/** `const x = 1;` is an example.\n * const y = 2;\n */\nexport const z = 1;'),
      sample('// oxlint-disable-next-line no-eval -- because'),
    ],
  },
];

interface Run {
  readonly offset: number;
  readonly text: string;
}

/** Comments as blocks: consecutive line comments are one. Doc comments may contain examples. */
function commentRuns({ text, comments }: SourceFile): readonly Run[] {
  const runs: { offset: number; end: number; text: string; line: boolean }[] = [];
  for (const comment of comments.filter((candidate) => !isDoc(candidate))) {
    const last = runs.at(-1);
    const line = comment.type === 'Line';
    if (last?.line === true && line && text.slice(last.end, comment.start).trim() === '') {
      last.text += `\n${comment.value}`;
      last.end = comment.end;
    } else {
      runs.push({ offset: comment.start, end: comment.end, text: comment.value, line });
    }
  }
  return runs;
}

function isDoc({ type, value }: Comment): boolean {
  return type === 'Block' && value.startsWith('*');
}

/** Prose parses as code occasionally, but hardly ever as statements with an effect. */
function isCode(text: string): boolean {
  const inside = parseSync('x.ts', `async function f() {\n${text}\n}`, { lang: 'ts' });
  const [wrapper] = inside.program.body;
  if (inside.errors.length === 0 && wrapper?.type === 'FunctionDeclaration') {
    return wrapper.body?.body.some(doesSomething) ?? false;
  }
  const outside = parseSync('x.ts', text, { lang: 'ts' });
  return outside.errors.length === 0 && outside.program.body.some(doesSomething);
}

function doesSomething(statement: Node): boolean {
  if (statement.type === 'ExpressionStatement') {
    return ['CallExpression', 'AssignmentExpression', 'AwaitExpression', 'UpdateExpression'].includes(
      statement.expression.type,
    );
  }
  return !['LabeledStatement', 'EmptyStatement', 'BlockStatement'].includes(statement.type);
}
