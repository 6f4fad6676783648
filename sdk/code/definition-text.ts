import type { Node } from 'oxc-parser';
import { canonicalTree } from './canonical-tree.js';
import type { CodeDefinition, Definition, JsonDefinition, NamespaceDefinition, Use } from './definitions.js';
import { isLiteral, keepsStateWhenEvaluated } from './definitions.js';
import { jsonText } from './json-text.js';
import { printTree } from './print-tree.js';
import type { Module } from './project.js';
import {
  arrow,
  call,
  callOf,
  identifier,
  isTree,
  literal,
  membersName,
  selfName,
  type Tree,
} from './tree.js';

/** A part of a statement: text, the name of a definition, or what depends on the numbers of definitions in a module. */
export type TextPiece = string | Use | typeof ownNumber | typeof usedNumbers;

/** The number of the definition itself. */
export const ownNumber = Symbol('own number');
/** The list of the numbers of the definitions that it names. */
export const usedNumbers = Symbol('used numbers');

/** The statement of a definition, printed once for all modules that contain it. */
export interface DefinitionText {
  /** Its text, with uses of definitions where their names belong: each module numbers them by itself. */
  readonly pieces: readonly TextPiece[];
  /** The globals and helpers it names. */
  readonly globals: ReadonlySet<string>;
  /** What the text was printed from. */
  readonly tree: Tree;
}

export function definitionText(definition: Definition): DefinitionText {
  return new Statement().print(definition);
}

/** Helpers that a module may take besides globals. They are described in docs/spec/identity.md. */
type Helper = 'harden' | 'renew' | 'commonJs' | 'merged';

/** Encloses the number of what is inserted into printed text; a control character cannot stand there by itself. */
const gap = '\u0000';

class Statement {
  readonly #inserted: Exclude<TextPiece, string>[] = [];
  readonly #globals = new Set<string>();

  print(definition: Definition): DefinitionText {
    const declarations = [{ type: 'VariableDeclarator', ...this.#declarator(definition) }];
    const tree: Tree = { type: 'VariableDeclaration', kind: 'const', declarations };
    const pieces = printTree(tree, 1)
      .split(gap)
      .map((piece, index) => (index % 2 === 0 ? piece : (this.#inserted[Number(piece)] ?? piece)));
    return { pieces, globals: this.#globals, tree };
  }

  #declarator(definition: Definition): { readonly id: Tree; readonly init: Tree } {
    const id = this.#named({ definition, name: undefined });
    if (definition.kind === 'json') return { id, init: this.#json(definition) };
    if (definition.kind === 'namespace') return { id, init: this.#namespace(definition) };
    const tree = this.#merged(this.#code(definition), definition.members);
    const { node } = definition;
    if (isLiteral(definition)) return { id, init: tree };
    if (node.type === 'Program') return { id, init: this.#constant('renew', this.#help('commonJs', tree)) };
    const helper = keepsStateWhenEvaluated(definition) ? 'renew' : 'harden';
    if (node.type !== 'VariableDeclarator') return { id, init: this.#constant(helper, tree) };
    const init = isTree(tree.init) ? tree.init : identifier('undefined');
    return { id: isTree(tree.id) ? tree.id : id, init: this.#constant(helper, init) };
  }

  #json({ value }: JsonDefinition): Tree {
    this.#globals.add('JSON');
    const parse = { object: identifier('JSON'), property: identifier('parse'), computed: false };
    const callee: Tree = { type: 'MemberExpression', optional: false, ...parse };
    const text = [literal(jsonText(value))];
    return this.#constant('harden', { type: 'CallExpression', callee, arguments: text, optional: false });
  }

  /** The members of a module are in the order of their names, those of a declared namespace in that of the file. */
  #namespace({ members, exports, declared }: NamespaceDefinition): Tree {
    if (exports !== undefined) return this.#exportsNamespace(exports);
    const names = [...members];
    if (declared === undefined) names.sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#constant('harden', this.#getters(names));
  }

  #merged(base: Tree, members: ReadonlyMap<string, Use>): Tree {
    return members.size === 0 ? base : this.#help('merged', base, this.#getters([...members]));
  }

  /** Getters, because namespaces that name each other as a whole are not complete yet when they are named. */
  #getters(members: readonly (readonly [string, Use])[]): Tree {
    const properties = members.map(([name, use]): Tree => {
      const returned: Tree = { type: 'ReturnStatement', argument: this.#use(use) };
      const body = { type: 'BlockStatement', body: [returned] };
      const value = {
        type: 'FunctionExpression',
        id: null,
        params: [],
        body,
        generator: false,
        async: false,
      };
      const key = { key: literal(name), computed: true, shorthand: false };
      return { type: 'Property', kind: 'get', value, method: false, ...key };
    });
    return { type: 'ObjectExpression', properties };
  }

  /** `{ ...exports, default: exports }` */
  #exportsNamespace(exports: Use): Tree {
    const key = { key: identifier('default'), computed: false, shorthand: false };
    const properties = [
      { type: 'SpreadElement', argument: this.#use(exports) },
      { type: 'Property', kind: 'init', value: this.#use(exports), method: false, ...key },
    ];
    return this.#constant('renew', { type: 'ObjectExpression', properties });
  }

  #code(definition: CodeDefinition): Tree {
    const isPattern = definition.node.type === 'VariableDeclarator';
    return canonicalTree(definition, {
      useOf: (node) => {
        const use = definition.names.get(node);
        if (use === undefined) return undefined;
        const own = use.definition === definition ? ownUse(definition.node) : undefined;
        return own ?? this.#withoutThis(definition.module, node, this.#use(use));
      },
      global: (name) => this.#globals.add(name),
      ownName: ({ scope, name }) =>
        isPattern && scope.isOfModule ? this.#gap({ definition, name }) : undefined,
    });
  }

  /** `(0, exports.name)(…)`: what is imported by its name is called without the object that it is a member of. */
  #withoutThis({ scopes }: Module, node: Node, used: Tree): Tree {
    if (node.type !== 'Identifier' || used.type !== 'MemberExpression') return used;
    const parent = scopes.parentOf(node);
    const isCalled =
      (parent?.type === 'CallExpression' && parent.callee === node) ||
      (parent?.type === 'TaggedTemplateExpression' && parent.tag === node);
    return isCalled ? { type: 'SequenceExpression', expressions: [literal(0), used] } : used;
  }

  #use(use: Use): Tree {
    return useTree(use, (one) => this.#named(one));
  }

  #named(use: Use): Tree {
    return identifier(this.#gap(use));
  }

  #gap(inserted: Exclude<TextPiece, string>): string {
    return `${gap}${this.#inserted.push(inserted) - 1}${gap}`;
  }

  /** `harden(1, () => …, [2, 3])` */
  #constant(helper: 'harden' | 'renew', value: Tree): Tree {
    this.#globals.add(helper);
    const [own, uses] = [identifier(this.#gap(ownNumber)), identifier(this.#gap(usedNumbers))];
    return call(helper, own, arrow([], value), uses);
  }

  #help(helper: Helper, ...args: readonly Tree[]): Tree {
    this.#globals.add(helper);
    return call(helper, ...args);
  }
}

/**
 * A use of a definition: a name of a pattern is a constant of the module, other names are members. `named`: the constant of a
 * definition.
 */
export function useTree(use: Use, named: (use: Use) => Tree): Tree {
  const { definition, name } = use;
  const isCode = definition.kind === 'code';
  if (isCode && definition.node.type === 'VariableDeclarator') return named(use);
  const constant = named({ definition, name: undefined });
  const object = isCode && definition.node.type === 'Program' ? callOf(constant) : constant;
  if (name === undefined) return object;
  return { type: 'MemberExpression', object, property: literal(name), computed: true, optional: false };
}

/** Classes and enums may name themselves while they are evaluated. */
function ownUse(node: Node): Tree | undefined {
  if (node.type === 'ClassDeclaration') return identifier(selfName);
  return node.type === 'TSEnumDeclaration' ? identifier(membersName) : undefined;
}
