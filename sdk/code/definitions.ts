import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Finding } from './finding.js';
import type { Module } from './project.js';
import { isFunctionNode } from './syntax.js';

/** A part of a closed module: code of the project or of a package, or data. */
export type Definition = CodeDefinition | JsonDefinition | NamespaceDefinition;

interface Defined {
  /** What it names, each once, in order of first mention. */
  readonly uses: Map<Definition, Mention>;
  /** Faults of its own code. */
  readonly findings: Finding[];
}

/** Where a definition is named. */
export interface Mention {
  readonly module: Module;
  readonly node: Node;
}

/** A function, a class, an enum, or the initialiser of constants. */
export interface CodeDefinition extends Defined {
  readonly kind: 'code';
  readonly module: Module;
  /** A function, a class, an enum, an expression, or a declarator whose pattern names several constants. */
  readonly node: Node;
  /** Its name in its module; undefined for the compute function and for unnamed default exports. */
  readonly binding: Binding | undefined;
  /** The definition of each identifier, or member of a namespace, that refers to one. */
  readonly names: Map<Node, Use>;
  /** What namespaces of its name add to it. */
  readonly members: Map<string, Use>;
  /** Contains functions that keep variables of a function around them, generators, or private members. */
  readonly mayKeepState: boolean;
  /** Set when evaluating it calls this library: it is a node. */
  isNode: boolean;
  /** Files of packages whose definitions change each other, so that only the whole file means what its package says. */
  readonly wholeFiles: Set<Module>;
}

/** The content of a JSON file. */
export interface JsonDefinition extends Defined {
  readonly kind: 'json';
  readonly path: string;
  readonly text: string;
  readonly value: unknown;
}

/** A whole module as an object, `import * as name`, or a namespace that is declared in a file. */
export interface NamespaceDefinition extends Defined {
  readonly kind: 'namespace';
  readonly members: Map<string, Use>;
  /** The exports of a CommonJS file, whose names are known when it is executed. */
  readonly exports: Use | undefined;
  /** A namespace that is declared in a file. */
  readonly declared: { readonly module: Module; readonly binding: Binding } | undefined;
}

/** A definition, and which of its names is meant: that of a binding of a pattern, or a member of a JSON file. */
export interface Use {
  readonly definition: Definition;
  readonly name: string | undefined;
}

/** Whether a definition is code that does nothing until it is called. */
export function isFunctionDefinition(definition: Definition): boolean {
  return definition.kind === 'code' && isFunctionNode(definition.node);
}

/** Whether a definition is a number, a text or another literal, which is the same everywhere. */
export function isLiteral(definition: Definition): boolean {
  return definition.kind === 'code' && definition.node.type === 'Literal' && !('regex' in definition.node);
}

/** Whether evaluating the definition runs code that may create values with state. */
export function keepsStateWhenEvaluated(definition: CodeDefinition): boolean {
  if (isFunctionDefinition(definition)) return false;
  const { node } = definition;
  if (node.type === 'ClassDeclaration' && !node.body.body.some(isEvaluated)) return false;
  const seen = new Set<Definition>([definition]);
  for (const one of seen) {
    if (one.kind === 'code' && (one.mayKeepState || one.node.type === 'Program')) return true;
    for (const used of one.uses.keys()) seen.add(used);
  }
  return false;
}

/** Whether a member of a class is evaluated with the class. */
function isEvaluated(member: Node): boolean {
  return member.type === 'StaticBlock' || (member.type === 'PropertyDefinition' && member.static);
}

/** The first place in some definitions that names another. */
export function firstMention(definitions: Iterable<Definition>, named: CodeDefinition): Mention {
  for (const one of definitions) {
    const mention = one.uses.get(named);
    if (mention !== undefined) return mention;
  }
  return named;
}
