import type { Node } from 'oxc-parser';
import type { Module, Project, Target } from './project.js';
import { type ClassNode, type FunctionNode, isFunctionNode, staticName } from './syntax.js';

/** An expression, or a declaration, of a file. */
export interface Code<N extends Node = Node> {
  readonly module: Module;
  readonly node: N;
}

/** Chains of constants that name each other are never that long. */
const stepsMax = 32;

/** Where values come from: through constants, imports and members of object literals to the code that makes the value. */
export class Origins {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  /** The code that makes a value, as far as constants show it; else the expression itself. */
  of(code: Code): Code {
    let at = code;
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const next = this.#step(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  }

  #step({ module, node }: Code): Code | undefined {
    switch (node.type) {
      case 'Identifier':
        return codeOf(this.targetOf(module, node));
      case 'ChainExpression':
        return { module, node: node.expression };
      case 'MemberExpression':
        return codeOf(this.targetOf(module, node)) ?? this.#property(module, node);
      case 'CallExpression':
        return frozen(module, node);
      default:
        return undefined;
    }
  }

  #property(module: Module, node: Extract<Node, { type: 'MemberExpression' }>): Code | undefined {
    const name = this.nameOf(module, node);
    const holder = this.of({ module, node: node.object });
    const value = name === undefined ? undefined : propertyOf(holder.node, name);
    return value === undefined ? undefined : { module: holder.module, node: value };
  }

  /** What a variable, or a member of a namespace, refers to. */
  targetOf(module: Module, node: Node): Target | undefined {
    return this.#project.targetOf(module, node);
  }

  /** The name of a member, also by a constant that is a text. */
  nameOf(
    module: Module,
    { property, computed }: Extract<Node, { type: 'MemberExpression' }>,
  ): string | undefined {
    if (property.type === 'PrivateIdentifier') return `#${property.name}`;
    const name = staticName(property, computed);
    if (name !== undefined || property.type !== 'Identifier') return name;
    const { node } = this.of({ module, node: property });
    return node.type === 'Literal' ? staticName(node, true) : undefined;
  }

  classOf(code: Code): Code<ClassNode> | undefined {
    const { module, node } = this.of(code);
    return node.type === 'ClassDeclaration' || node.type === 'ClassExpression' ? { module, node } : undefined;
  }

  /** The function that a call calls: a function, or a method of an object literal, of a class or of its instance. */
  functionOf(callee: Code): Code<FunctionNode> | undefined {
    const { module, node } = this.of(callee);
    if (isFunctionNode(node)) return { module, node };
    if (node.type !== 'MemberExpression') return undefined;
    const name = this.nameOf(module, node);
    const holder = this.of({ module, node: node.object });
    const isInstance = holder.node.type === 'NewExpression';
    const made = holder.node.type === 'NewExpression' ? holder.node.callee : holder.node;
    return name === undefined
      ? undefined
      : this.#method({ module: holder.module, node: made }, name, !isInstance);
  }

  #method(made: Code, name: string, isStatic: boolean): Code<FunctionNode> | undefined {
    let at = this.classOf(made);
    for (let steps = 0; at !== undefined && steps < stepsMax; steps += 1) {
      const found = at.node.body.body.find(
        (one) => one.type === 'MethodDefinition' && one.static === isStatic && memberName(one) === name,
      );
      if (found?.type === 'MethodDefinition' && isFunctionNode(found.value))
        return { module: at.module, node: found.value };
      const base: Node | null = at.node.superClass;
      at = base === null ? undefined : this.classOf({ module: at.module, node: base });
    }
    return undefined;
  }
}

export function constructorOf({ body }: ClassNode): FunctionNode | undefined {
  const found = body.body.find((one) => one.type === 'MethodDefinition' && one.kind === 'constructor');
  return found?.type === 'MethodDefinition' && isFunctionNode(found.value) ? found.value : undefined;
}

function memberName(member: Node): string | undefined {
  return member.type === 'MethodDefinition' ? staticName(member.key, member.computed) : undefined;
}

/** The code of a constant, a function or a class. */
function codeOf(target: Target | undefined): Code | undefined {
  if (target?.kind === 'node') return { module: target.module, node: target.node };
  if (target?.kind !== 'binding') return undefined;
  const { module, binding } = target;
  const { declaration, kind } = binding;
  if (kind === 'function' || kind === 'class') return { module, node: declaration };
  const isOneValue = kind === 'const' && declaration.type === 'VariableDeclarator';
  if (!isOneValue || declaration.id.type !== 'Identifier' || declaration.init === null) return undefined;
  return { module, node: declaration.init };
}

/** `Object.freeze(x)` is x. */
function frozen(module: Module, node: Extract<Node, { type: 'CallExpression' }>): Code | undefined {
  const [value] = node.arguments;
  const isFreeze = globalMember(module, node.callee) === 'Object.freeze';
  return isFreeze && value !== undefined ? { module, node: value } : undefined;
}

/** `Object.name` of the global object; undefined for anything else. */
export function globalMember({ scopes }: Module, node: Node): string | undefined {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  if (scopes.references.get(node.object) !== undefined) return undefined;
  return `${node.object.name}.${staticName(node.property, node.computed) ?? ''}`;
}

/** The value of a member that an object literal is written with. */
export function propertyOf(object: Node, name: string): Node | undefined {
  if (object.type !== 'ObjectExpression') return undefined;
  const found = object.properties.findLast(
    (one) => one.type === 'SpreadElement' || staticName(one.key, one.computed) === name,
  );
  return found?.type === 'Property' && found.kind === 'init' ? found.value : undefined;
}
