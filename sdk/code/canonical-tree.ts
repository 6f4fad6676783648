import { type Node, visitorKeys } from 'oxc-parser';
import { assignedMethods } from './assigned-methods.js';
import { isUncalledAsync, refusingTree } from './async-functions.js';
import { assignedVars, repeatsCatch, varsOfClause } from './catch-vars.js';
import type { Binding } from './declarations.js';
import type { CodeDefinition } from './definitions.js';
import { type EnumDeclaration, type EnumMember, enumMembers, enumOfCall } from './enums.js';
import { hostTree } from './global-object.js';
import { guardedSyntax } from './guarded-syntax.js';
import { commonJsNames, isRealmGlobal, unchangeable } from './known-globals.js';
import { LocalNames } from './local-names.js';
import { longTree } from './long-expressions.js';
import { type KeyedNode, writtenKey } from './member-keys.js';
import { hasMemoGetter } from './memo-getters.js';
import { withFields } from './parameter-properties.js';
import { thisOwner } from './scope.js';
import { type FunctionNode, isFunctionNode, isSyntaxNode, onlyReturned, staticName } from './syntax.js';
import {
  arrow,
  callOf,
  catchClause,
  emptyVars,
  identifier,
  keyTree,
  literal,
  literalTree,
  membersName,
  passingCatch,
  plainMembers,
  plainText,
  selfName,
  type TemplateNode,
  type Tree,
  templateTexts,
  writtenTexts,
} from './tree.js';
import { isCommonJs, wholeFileTree } from './whole-files.js';

/** Names that the tree of one definition needs. */
export interface Naming {
  /** The expression for a use of another definition. */
  readonly useOf: (node: Node) => Tree | undefined;
  /** Called for every global and helper of the realm that is named. */
  readonly global: (name: string) => void;
  /** The name of a constant of the module that the definition itself declares; undefined for other names. */
  readonly ownName: (binding: Binding) => string | undefined;
}

/**
 * The tree of a definition in one form for all spellings of the same code: names of variables, parameters, labels and private
 * members by their order, no types, strings and keys in one notation, `=> { return x }` as `=> x`.
 */
export function canonicalTree(definition: CodeDefinition, naming: Naming): Tree {
  return new Rewriting(definition, naming).tree(definition.node);
}

class Rewriting {
  readonly #definition: CodeDefinition;
  readonly #naming: Naming;
  readonly #names = new LocalNames();
  readonly #enums: Node[] = [];

  constructor(definition: CodeDefinition, naming: Naming) {
    this.#definition = definition;
    this.#naming = naming;
  }

  tree(node: Node): Tree {
    const used = this.#naming.useOf(node) ?? this.#enumMember(node) ?? this.#host(node);
    const origin = { file: this.#definition.module.file, offset: node.start };
    return { ...(used ?? guardedSyntax(this.#rewritten(node), this.#helper)), origin };
  }

  #host(node: Node): Tree | undefined {
    return hostTree(this.#definition.module, node, (name) => {
      this.#naming.global(name);
      return name;
    });
  }

  #rewritten(node: Node): Tree {
    if (isFunctionNode(node)) return this.#function(node);
    switch (node.type) {
      case 'Identifier':
        return identifier(this.#nameOf(node));
      case 'PrivateIdentifier':
        return { type: node.type, name: this.#names.privateMember(node.name) };
      case 'Literal':
        return literalTree(node);
      case 'TemplateLiteral':
        return this.#template(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression':
        return this.#call(node);
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
        return this.#keyed(node);
      case 'LabeledStatement':
        return this.#labelled(node);
      case 'BreakStatement':
      case 'ContinueStatement':
        return { type: node.type, label: node.label === null ? null : this.#label(node.label.name) };
      case 'BinaryExpression':
      case 'LogicalExpression':
      case 'ConditionalExpression':
        return longTree(node, (part) => this.tree(part));
      case 'TryStatement':
        return this.#try(node);
      case 'CatchClause':
        return this.#catch(node);
      default:
        return this.#other(node);
    }
  }

  #other(node: Node): Tree {
    switch (node.type) {
      case 'Program':
        return wholeFileTree(this.#definition, node, {
          tree: (one) => this.tree(one),
          variable: (binding) => this.#names.variable(binding),
        });
      case 'ThisExpression':
        return this.#isOfModule(node) ? identifier('undefined') : { type: node.type };
      case 'ClassBody':
        return this.#classBody(node);
      case 'VariableDeclaration':
        return repeatsCatch(this.#definition.module, node)
          ? assignedVars(this.#definition.module, node, (one) => this.tree(one))
          : { ...this.#copy(node), kind: node.kind };
      case 'ExpressionStatement':
        return { type: node.type, expression: this.tree(node.expression) };
      case 'TSEnumDeclaration':
        return this.#enumDeclaration(node);
      case 'TaggedTemplateExpression':
        return { type: node.type, tag: this.tree(node.tag), quasi: this.#taggedText(node.quasi) };
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#class(node);
      case 'ObjectExpression':
        return this.#object(node);
      case 'MetaProperty':
        return {
          type: node.type,
          meta: identifier(node.meta.name),
          property: identifier(node.property.name),
        };
      default:
        return this.#copy(node);
    }
  }

  /** All members of a node that have a meaning, with its children rewritten. */
  #copy(node: Node): Tree {
    const copy: Record<string, unknown> = { type: node.type };
    for (const key of plainMembers) if (key in node) copy[key] = Reflect.get(node, key);
    for (const key of visitorKeys[node.type] ?? []) copy[key] = this.#value(Reflect.get(node, key));
    return { ...copy, type: node.type };
  }

  #value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    return isSyntaxNode(value) ? this.tree(value) : value;
  }

  #trees(nodes: readonly Node[]): Tree[] {
    return nodes.map((node) => this.tree(node));
  }

  #nameOf(node: Extract<Node, { type: 'Identifier' }>): string {
    const { references, declarations } = this.#definition.module.scopes;
    const binding = references.get(node) ?? declarations.get(node);
    if (binding === undefined) return this.#globalName(node.name);
    return this.#naming.ownName(binding) ?? this.#names.variable(binding);
  }

  #globalName(name: string): string {
    const isGiven = isCommonJs(this.#definition) && commonJsNames.has(name);
    if (isGiven || unchangeable.has(name)) return name;
    // Refused in project code; in a package it is how a missing global is noticed.
    if (!isRealmGlobal(name)) return 'undefined';
    this.#naming.global(name);
    return name;
  }

  #function(node: FunctionNode): Tree {
    const isArrow = node.type === 'ArrowFunctionExpression';
    if (isUncalledAsync(this.#definition, node))
      return refusingTree(node, () => this.#names.unused(), this.#help('asynchronous'));
    const isOwn = node === this.#definition.node;
    const params = node.params.map((one) =>
      this.tree(one.type === 'TSParameterProperty' ? one.parameter : one),
    );
    const returned = isArrow ? onlyReturned(node.body) : undefined;
    return {
      type: isOwn && node.type === 'FunctionDeclaration' ? 'FunctionExpression' : node.type,
      ...(isArrow ? {} : { id: this.#functionName(node), generator: node.generator }),
      async: node.async,
      params,
      expression: isArrow && (returned !== undefined || node.body?.type !== 'BlockStatement'),
      body:
        node.body === null
          ? null
          : withFields(this.tree(returned ?? node.body), node, (one) => this.tree(one)),
    };
  }

  /** The name of an expression only counts when the expression uses it. */
  #functionName(node: Exclude<FunctionNode, { type: 'ArrowFunctionExpression' }>): Tree | null {
    if (node.id === null) return null;
    if (node.type === 'FunctionDeclaration')
      return node === this.#definition.node ? null : this.tree(node.id);
    return this.#isUsed(node.id) ? this.tree(node.id) : null;
  }

  #isUsed(id: Node): boolean {
    const { declarations, usesOf } = this.#definition.module.scopes;
    const binding = declarations.get(id);
    return binding !== undefined && usesOf(binding).length > 0;
  }

  #class(node: Extract<Node, { type: 'ClassDeclaration' | 'ClassExpression' }>): Tree {
    const isOwn = node === this.#definition.node;
    const superClass = node.superClass === null ? null : this.#base(this.tree(node.superClass), node.body);
    const id = isOwn && node.type === 'ClassDeclaration' ? this.#selfName() : this.#className(node);
    const made = { type: isOwn ? 'ClassExpression' : node.type, id, superClass, body: this.tree(node.body) };
    const isFrozen = this.#definition.node.type !== 'Program' && made.type === 'ClassExpression';
    const methods = isFrozen ? assignedMethods(this.#definition.module, node) : [];
    return methods.length === 0 ? made : this.#help('assignable', made, ...methods.map(literal));
  }

  #object(node: Extract<Node, { type: 'ObjectExpression' }>): Tree {
    const isMemo = this.#definition.node.type !== 'Program' && hasMemoGetter(this.#definition.module, node);
    return isMemo ? this.#help('memoising', this.#copy(node)) : this.#copy(node);
  }

  #selfName(): Tree | null {
    return this.#definition.uses.has(this.#definition) ? identifier(selfName) : null;
  }

  #className({ id, type }: Extract<Node, { type: 'ClassDeclaration' | 'ClassExpression' }>): Tree | null {
    const isNamed = id !== null && (type === 'ClassDeclaration' || this.#isUsed(id));
    return isNamed ? this.tree(id) : null;
  }

  #isOfModule(node: Node): boolean {
    const { module, node: outer } = this.#definition;
    return (
      outer.type === 'Program' && module.file.hasModuleSyntax && thisOwner(module, node, outer) === undefined
    );
  }

  #base(base: Tree, { body }: Extract<Node, { type: 'ClassBody' }>): Tree {
    const isPrivate = (member: Node) => 'key' in member && member.key.type === 'PrivateIdentifier';
    return body.some(isPrivate) ? this.#help('extensible', base) : base;
  }

  #member(node: Extract<Node, { type: 'MemberExpression' }>): Tree {
    const object = this.#chainEnd(node.object);
    const name = staticName(node.property, node.computed);
    const { optional } = node;
    if (name !== undefined && node.property.type !== 'PrivateIdentifier') {
      const property = keyTree(name);
      return { type: node.type, object, property, computed: property.type === 'Literal', optional };
    }
    return { type: node.type, object, property: this.tree(node.property), computed: node.computed, optional };
  }

  #call(node: Extract<Node, { type: 'CallExpression' }>): Tree {
    const compiled = node === this.#definition.node ? enumOfCall(node) : undefined;
    if (compiled !== undefined) return this.#enum(compiled.filling, compiled.members);
    const { type, callee, arguments: given, optional } = node;
    return { type, callee: this.#chainEnd(callee), arguments: this.#trees(given), optional };
  }

  /** `(a?.b).c` ends the chain before `.c`. */
  #chainEnd(node: Node): Tree {
    const tree = this.tree(node);
    return node.type === 'ChainExpression' ? { type: 'ParenthesizedExpression', expression: tree } : tree;
  }

  #keyed(node: KeyedNode): Tree {
    const { key, computed } = writtenKey(node) ?? {
      key: this.tree(node.key),
      computed: node.key.type !== 'PrivateIdentifier',
    };
    const value = node.value === null ? null : this.tree(node.value);
    if (node.type === 'Property') {
      return {
        type: node.type,
        kind: node.kind,
        key,
        computed,
        value,
        method: node.method,
        shorthand: false,
      };
    }
    const kind = node.type === 'MethodDefinition' ? { kind: node.kind } : {};
    return { type: node.type, key, computed, value, static: node.static, ...kind };
  }

  #template(node: TemplateNode): Tree {
    const text = plainText(node);
    if (text !== undefined) return literal(text);
    return { type: node.type, quasis: templateTexts(node), expressions: this.#trees(node.expressions) };
  }

  /** A tag sees the text as it is written. */
  #taggedText(node: TemplateNode): Tree {
    return { type: node.type, quasis: writtenTexts(node), expressions: this.#trees(node.expressions) };
  }

  #labelled(node: Extract<Node, { type: 'LabeledStatement' }>): Tree {
    const label = identifier(this.#names.enterLabel(node.label.name));
    const body = this.tree(node.body);
    this.#names.leaveLabel();
    return { type: node.type, label, body };
  }

  #label(name: string): Tree {
    return identifier(this.#names.label(name));
  }

  #classBody(node: Extract<Node, { type: 'ClassBody' }>): Tree {
    this.#names.enterClass(node);
    const body = this.#trees(node.body);
    this.#names.leaveClass();
    return { type: node.type, body };
  }

  /** Without a catch clause, a `finally` block could drop the error of a stack that is full unseen. */
  #try({ type, block, handler, finalizer }: Extract<Node, { type: 'TryStatement' }>): Tree {
    const clause = handler === null ? passingCatch() : this.tree(handler);
    return { type, block: this.tree(block), handler: clause, finalizer: finalizer && this.tree(finalizer) };
  }

  #catch(node: Extract<Node, { type: 'CatchClause' }>): Tree {
    const param = node.param === null ? undefined : this.tree(node.param);
    const vars = varsOfClause(this.#definition.module, node).map((one) => this.#names.variable(one));
    return catchClause(param, [...emptyVars(vars), ...this.#trees(node.body.body)]);
  }

  readonly #helper = (name: string): Tree => {
    this.#naming.global(name);
    return identifier(name);
  };

  #help(helper: string, ...args: readonly Tree[]): Tree {
    return callOf(this.#helper(helper), ...args);
  }

  /** In an enum, members are named alone, and the enum is its members. */
  #enumMember(node: Node): Tree | undefined {
    if (node.type !== 'Identifier') return undefined;
    const declared = this.#definition.module.scopes.references.get(node)?.declaration;
    if (declared !== undefined && declared === this.#enums.at(-1)) return identifier(membersName);
    if (declared?.type !== 'TSEnumMember') return undefined;
    const object = identifier(membersName);
    return {
      type: 'MemberExpression',
      object,
      property: literal(node.name),
      computed: true,
      optional: false,
    };
  }

  #enumDeclaration(node: EnumDeclaration): Tree {
    const init = this.#enum(node, enumMembers(node));
    if (node === this.#definition.node) return init;
    const declarations = [{ type: 'VariableDeclarator', id: this.tree(node.id), init }];
    return { type: 'VariableDeclaration', kind: 'const', declarations };
  }

  /**
   * As TypeScript compiles it: an object with names, and with numbers back to names. `node`: what declares the name of the
   * object inside.
   */
  #enum(node: Node, members: readonly EnumMember[]): Tree {
    this.#enums.push(node);
    const elements = members.map(({ name, value }) => {
      const body = value === null ? identifier('undefined') : this.tree(value);
      return {
        type: 'ArrayExpression',
        elements: [literal(name), arrow([identifier(membersName)], body)],
      };
    });
    this.#enums.pop();
    return this.#help('enumOf', { type: 'ArrayExpression', elements });
  }
}
