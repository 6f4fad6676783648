import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type Comment, type Node, type Program, parseSync, visitorKeys } from 'oxc-parser';

/** A node with its ancestors. */
export interface Placed {
  readonly node: Node;
  readonly parent: Placed | undefined;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  /** Every node, each after its parent and in source order. */
  readonly nodes: readonly Placed[];
}

/** Files that are generated, or belong to another project. */
const unseen = ['proto/gen/', 'examples/data/', 'tests/histories/', 'tests/consumer/project/'];

/** Files that are, or would be, part of the repository; files that git ignores are not. */
export function repositoryFiles(): readonly string[] {
  const listed = execFileSync('git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ]);
  return listed
    .toString()
    .split('\0')
    .filter((path) => path !== '' && existsSync(path) && !unseen.some((folder) => path.startsWith(folder)))
    .sort();
}

export function readSourceFile(path: string): SourceFile {
  return parseSourceFile(path, readFileSync(path, 'utf8'));
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text, {
    lang: 'ts',
    sourceType: 'module',
    astType: 'ts',
  });
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`);
  return { path, text, program, comments, nodes: placedNodes({ node: program, parent: undefined }) };
}

export function lineOf({ text }: Pick<SourceFile, 'text'>, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The nodes above one, nearest first. */
export function* above({ parent }: Placed): Generator<Node, void, undefined> {
  for (let at = parent; at !== undefined; at = at.parent) yield at.node;
}

function placedNodes(placed: Placed): Placed[] {
  const children = (visitorKeys[placed.node.type] ?? []).flatMap((key): unknown =>
    Reflect.get(placed.node, key),
  );
  return [
    placed,
    ...children
      .flat()
      .filter(isNode)
      .flatMap((node) => placedNodes({ node, parent: placed })),
  ];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
