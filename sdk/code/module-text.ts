import { columnSemantics } from '../nodes/column.js';
import { patternNames } from './declarations.js';
import { type DefinitionText, ownNumber, type TextPiece, usedNumbers, useTree } from './definition-text.js';
import { type CodeDefinition, type Definition, isFunctionDefinition, type Use } from './definitions.js';
import { printTree } from './print-tree.js';
import { identifier, type Tree } from './tree.js';

/**
 * The closed module of a compute function: a script whose value is one function, which takes the globals and helpers it names and
 * returns the compute function. It names nothing else, so it means the same wherever it is executed.
 *
 * The definitions stand in the order in which they are needed. Each is called `d` and a number, every other name `v` and a
 * number: renaming or reformatting the author's code changes nothing.
 */
export interface ModuleText {
  readonly text: string;
  /** The same script, except that it returns what is given. */
  returning(expression: string): string;
  /** What a use of a definition is written as. */
  expressionOf(use: Use): string;
  /** What the statements of its function were printed from. */
  readonly statements: readonly Tree[];
  /** The definitions in their order. */
  readonly definitions: readonly Definition[];
  /** The number by which a definition is named. */
  numberOf(definition: Definition): number;
}

/** Raise it when the text of any code changes: every text begins with it, so it changes all code hashes. */
export const nodeFormat = 2;

const headLines = [`// qmtl node ${nodeFormat}, columns ${columnSemantics}`, `'use strict';`];

/** What every module that this version can execute begins with. */
export const moduleHead = `${headLines.join('\n')}\n`;

/** Gives the printed statement of a definition. */
export type TextOf = (definition: Definition) => DefinitionText;

/** `roots`: with everything they reach; the text returns the first. */
export function moduleText(roots: readonly CodeDefinition[], textOf: TextOf): ModuleText {
  const ordered = inOrder(roots);
  const names = new Names(ordered);
  const texts = ordered.map(textOf);
  const globals = new Set<string>();
  for (const one of texts) for (const name of one.globals) globals.add(name);
  const statements = ordered.map((definition, index) =>
    (texts[index]?.pieces ?? []).map((piece) => inserted(piece, definition, names)).join(''),
  );
  const returning = (expression: string): string => {
    const lines = [
      ...headLines,
      `({${[...globals].sort().join(', ')}}) => {`,
      ...statements.map((one) => `  ${one}`),
      `  return ${expression};`,
      '}',
    ];
    return `${lines.join('\n')}\n`;
  };
  const [root] = roots;
  return {
    text: returning(root === undefined ? 'undefined' : names.of({ definition: root, name: undefined })),
    returning,
    expressionOf: (use) =>
      printTree(
        useTree(use, (one) => identifier(names.of(one))),
        0,
      ),
    statements: texts.map(({ tree }) => tree),
    definitions: ordered,
    numberOf: (definition) => names.numberOf(definition),
  };
}

function inserted(piece: TextPiece, definition: Definition, names: Names): string {
  if (typeof piece === 'string') return piece;
  if (piece === ownNumber) return String(names.numberOf(definition));
  if (piece !== usedNumbers) return names.of(piece);
  const used = [...definition.uses.keys()].filter((one) => one !== definition);
  const numbers = used.map((one) => names.numberOf(one)).sort((a, b) => a - b);
  return `[${numbers.join(', ')}]`;
}

/** `d1`, `d2`, … for the definitions in their order; a pattern has several. */
class Names {
  readonly #names = new Map<Definition, ReadonlyMap<string | undefined, string>>();
  #count = 0;

  constructor(ordered: readonly Definition[]) {
    for (const definition of ordered) {
      const own = namesOf(definition).map((name) => [name, this.#next()] as const);
      this.#names.set(definition, new Map(own));
    }
  }

  of({ definition, name }: Use): string {
    return this.#names.get(definition)?.get(name) ?? '';
  }

  /** That of its first name. */
  numberOf(definition: Definition): number {
    const [first] = this.#names.get(definition)?.values() ?? [];
    return Number(first?.slice(1));
  }

  #next(): string {
    this.#count += 1;
    return `d${this.#count}`;
  }
}

function namesOf(definition: Definition): (string | undefined)[] {
  const isPattern = definition.kind === 'code' && definition.node.type === 'VariableDeclarator';
  return isPattern ? patternNames(definition.node.id) : [undefined];
}

/** Functions first, because they do nothing until they are called; then everything after what it uses. */
function inOrder(roots: readonly CodeDefinition[]): Definition[] {
  const ordered = new Set<Definition>();
  const entered = new Set<Definition>();
  const waiting: Definition[] = roots.toReversed();
  for (let at = waiting.at(-1); at !== undefined; at = waiting.at(-1)) {
    const missing = entered.has(at) ? [] : [...at.uses.keys()].filter((one) => !entered.has(one));
    entered.add(at);
    if (missing.length > 0) {
      waiting.push(...missing.reverse());
    } else {
      ordered.add(at);
      waiting.pop();
    }
  }
  const all = [...ordered];
  return [...all.filter(isFunctionDefinition), ...all.filter((one) => !isFunctionDefinition(one))];
}
