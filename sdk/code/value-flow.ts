import type { Node } from 'oxc-parser';
import { type Argument, argumentsAt, argumentsOf, type Call, describeCall } from './calls.js';
import { type Binding, patternNames } from './declarations.js';
import { type Code, constructorOf, globalMember, Origins, propertyOf } from './origins.js';
import { type Module, type Project, requiredPath, type Target } from './project.js';
import { thisMember, thisOwner } from './scope.js';
import { allNodes, type ClassNode, type FunctionNode, isFunctionNode, staticName } from './syntax.js';
import {
  carriedBy,
  fieldValue,
  isOpen,
  isRest,
  iteratedBy,
  propertyValue,
  returnedValues,
} from './value-syntax.js';

/** A member of the instances of a class. */
export interface Field {
  readonly of: ClassNode;
  readonly field: string;
}

/**
 * What has a value that code may change: a variable, a default export without a name, what a CommonJS file exports, `this`
 * of a function (by its node), or a field.
 */
export type Root = Binding | Node | Module | Field;

/** Where a value may come from. */
export interface Source {
  readonly root: Root;
  /** Whether it is the value of the root, a part of it, or a new value that holds some. */
  readonly is: 'self' | 'part' | 'holder';
}

export type Sources = readonly Source[];

interface AssignedField {
  readonly field: string;
  readonly sources: Sources;
}

type MemberNode = Extract<Node, { type: 'MemberExpression' }>;

/** How many expressions are followed into each other; beyond them only the comparison of values sees a change. */
export const flowDepthMax = 200;

/**
 * Follows objects from expressions to the variables that hold them: through other variables, lists, members, loops, callbacks,
 * and functions of the project that return them. What it does not know is taken for a value of its own.
 */
export class ValueFlow {
  readonly #project: Project;
  readonly origins: Origins;
  readonly #bindings = new Map<Binding, Sources>();
  readonly #returned = new Map<Node, Sources>();
  readonly #assignedFields = new Map<Node, readonly AssignedField[]>();
  /** Members that are being followed: object literals may name each other. */
  readonly #open = new Set<Node>();
  readonly #fields = new Map<Node, Map<string, Field>>();
  #depth = 0;

  constructor(project: Project) {
    this.#project = project;
    this.origins = new Origins(project);
  }

  /** The roots that an expression is, or is a part of. */
  rootsOf(module: Module, node: Node): Sources {
    return parts(this.sourcesOf(module, node));
  }

  sourcesOf(module: Module, node: Node): Sources {
    if (this.#depth >= flowDepthMax) return [];
    this.#depth += 1;
    try {
      return withoutRepeats(this.#sourcesOf(module, node));
    } finally {
      this.#depth -= 1;
    }
  }

  #sourcesOf(module: Module, node: Node): Sources {
    const carried = carriedBy(node);
    if (carried !== undefined) return carried.flatMap((one) => this.sourcesOf(module, one));
    switch (node.type) {
      case 'Identifier':
        return this.#ofTarget(this.origins.targetOf(module, node));
      case 'ThisExpression':
        return itself(thisOwner(module, node, module.file.program));
      case 'MemberExpression':
        return this.#ofMember(module, node);
      case 'ArrayExpression':
        return held(this.#ofAll(module, node.elements));
      case 'ObjectExpression':
        return held(this.#ofAll(module, node.properties.map(propertyValue)));
      case 'NewExpression':
        return held(this.#ofAll(module, node.arguments));
      case 'CallExpression':
        return this.#ofCall(module, node);
      default:
        return [];
    }
  }

  #ofAll(module: Module, nodes: readonly (Node | null)[]): Sources {
    return nodes.flatMap((node) => (node === null ? [] : this.sourcesOf(module, node)));
  }

  #ofTarget(target: Target | undefined): Sources {
    switch (target?.kind) {
      case 'binding':
        return this.#ofBinding(target.module, target.binding);
      case 'node':
        return [...itself(target.node), ...this.sourcesOf(target.module, target.node)];
      case 'commonjs':
        return itself(target.module);
      default:
        return [];
    }
  }

  #ofBinding(module: Module, binding: Binding): Sources {
    const known = this.#bindings.get(binding);
    if (known !== undefined) return known;
    // What a variable gets from itself adds nothing.
    this.#bindings.set(binding, itself(binding));
    const found = withoutRepeats([
      ...itself(binding),
      ...this.#given(module, binding),
      ...this.#assigned(module, binding),
    ]);
    this.#bindings.set(binding, found);
    return found;
  }

  /** What a declaration gives its name. */
  #given(module: Module, binding: Binding): Sources {
    const { declaration, kind } = binding;
    if (kind === 'parameter') return this.#ofParameter(module, binding);
    if (declaration.type !== 'VariableDeclarator') return [];
    const value = declaration.init ?? iteratedBy(module, declaration);
    if (value === undefined) return [];
    const sources = this.sourcesOf(module, value);
    if (isRest(declaration.id, binding.name)) return held(sources);
    const isWhole = declaration.init !== null && declaration.id.type === 'Identifier';
    return isWhole ? sources : asParts(sources);
  }

  /** `name = value` */
  #assigned(module: Module, binding: Binding): Sources {
    return module.scopes.usesOf(binding).flatMap((use) => {
      const parent = module.scopes.parentOf(use);
      const isTarget = parent?.type === 'AssignmentExpression' && parent.left === use;
      return isTarget ? this.sourcesOf(module, parent.right) : [];
    });
  }

  /** What the parameter of a callback, or of a function that is called where it is written, is called with. */
  #ofParameter(module: Module, { declaration, name }: Binding): Sources {
    const call = module.scopes.parentOf(declaration);
    if (!isFunctionNode(declaration) || call?.type !== 'CallExpression') return [];
    const at = parameterAt(declaration, name);
    if (call.callee === declaration) {
      return this.#ofArguments(module, argumentsAt(argumentsOf(call.arguments), at));
    }
    const { callee } = call;
    if (callee.type !== 'MemberExpression' || call.arguments[0] !== declaration) return [];
    const method = staticName(callee.property, callee.computed) ?? '';
    if (folding.has(method) && at === 0) return this.#ofAll(module, call.arguments.slice(1));
    if (!iterating.has(method) && !folding.has(method)) return [];
    return asParts(this.sourcesOf(module, callee.object));
  }

  #ofArguments(module: Module, args: readonly Argument[]): Sources {
    return args.flatMap(({ node, isSpread }) => {
      const sources = this.sourcesOf(module, node);
      return isSpread ? asParts(sources) : sources;
    });
  }

  /** The roots that the values of a parameter, or parts of it, are or are a part of. */
  rootsOfArguments(module: Module, args: readonly Argument[], is: Source['is']): Sources {
    return withoutRepeats(parts(through(is, this.#ofArguments(module, args))));
  }

  #ofMember(module: Module, node: MemberNode): Sources {
    const target = this.origins.targetOf(module, node);
    if (target !== undefined) return this.#ofTarget(target);
    const sources = this.sourcesOf(module, node.object);
    const name = this.origins.nameOf(module, node);
    if (name === undefined) return asParts(sources);
    const holder = this.origins.of({ module, node: node.object });
    const written = propertyOf(holder.node, name);
    if (written !== undefined) return [...parts(sources), ...this.#ofWritten(holder.module, written)];
    if (holder.node.type === 'ThisExpression')
      return [...parts(sources), ...this.#ofField(module, holder.node, name)];
    if (holder.node.type === 'ObjectExpression')
      return isOpen(holder.node) ? asParts(sources) : parts(sources);
    return holder.node.type === 'NewExpression'
      ? [...parts(sources), ...this.#ofInstance({ module: holder.module, node: holder.node }, name)]
      : asParts(sources);
  }

  #ofWritten(module: Module, value: Node): Sources {
    if (this.#open.has(value)) return [];
    this.#open.add(value);
    const sources = this.sourcesOf(module, value);
    this.#open.delete(value);
    return sources;
  }

  #ofField(module: Module, self: Node, name: string): Sources {
    const body = thisMember(module, self);
    const around = body === undefined ? undefined : module.scopes.parentOf(body);
    const of = around === undefined ? undefined : module.scopes.parentOf(around);
    return of?.type === 'ClassDeclaration' || of?.type === 'ClassExpression'
      ? itself(this.field(of, name))
      : [];
  }

  /** The one object that means a field. */
  field(of: ClassNode, name: string): Field {
    const fields = this.#fields.get(of) ?? new Map<string, Field>();
    this.#fields.set(of, fields);
    const field = fields.get(name) ?? { of, field: name };
    fields.set(name, field);
    return field;
  }

  #ofInstance({ module, node }: Code<Extract<Node, { type: 'NewExpression' }>>, name: string): Sources {
    const made = this.origins.classOf({ module, node: node.callee });
    // What the language keeps, as `new Map(list)` does, is not among its members.
    if (made === undefined) return [];
    const args = argumentsOf(node.arguments);
    return this.fieldsOf(made)
      .filter(({ field }) => field === name)
      .flatMap(({ sources }) =>
        this.#withArguments(sources, constructorOf(made.node), module, args, undefined),
      );
  }

  /** The fields of a class, and what its code assigns to them. */
  fieldsOf({ module, node }: Code<ClassNode>): readonly AssignedField[] {
    const known = this.#assignedFields.get(node);
    if (known !== undefined) return known;
    this.#assignedFields.set(node, []);
    const found = [...allNodes(node.body)].flatMap((one) => {
      const assigned = fieldValue(one);
      if (assigned === undefined) return [];
      return [{ field: assigned.field, sources: this.sourcesOf(module, assigned.value) }];
    });
    this.#assignedFields.set(node, found);
    return found;
  }

  #ofCall(module: Module, node: Extract<Node, { type: 'CallExpression' }>): Sources {
    const required = requiredPath(module, node);
    if (required !== undefined) return this.#ofTarget(this.#project.requireTarget(module, required));
    const call = describeCall(this.origins, module, node);
    if (call.target !== undefined) {
      const sources = this.#returnedBy(call.target);
      return this.#withArguments(sources, call.target.node, module, call.args, call.receiver);
    }
    const called = globalMember(module, call.callee);
    if (called !== undefined) return this.#ofGlobal(called, module, call);
    return call.receiver === undefined ? [] : this.#ofMethod(call, module, call.receiver);
  }

  #ofGlobal(name: string, module: Module, { args }: Call): Sources {
    if (returningFirst.test(name)) return this.#ofArguments(module, argumentsAt(args, 0));
    return returningHeld.test(name) ? held(this.#ofArguments(module, args)) : [];
  }

  /** What methods of the language return: the list itself, one of its elements, or a new one that holds them. */
  #ofMethod({ method = '', args }: Call, module: Module, receiver: Node): Sources {
    const sources = this.sourcesOf(module, receiver);
    if (returningSelf.has(method)) return sources;
    if (returningElement.has(method)) return asParts(sources);
    if (returningList.has(method)) return held([...sources, ...this.#ofArguments(module, args)]);
    if (!mapping.has(method)) return [];
    const [callback] = args;
    const mapped =
      callback === undefined ? undefined : this.origins.functionOf({ module, node: callback.node });
    return mapped === undefined ? [] : held(this.#returnedBy(mapped));
  }

  #returnedBy({ module, node }: Code<FunctionNode>): Sources {
    const known = this.#returned.get(node);
    if (known !== undefined) return known;
    this.#returned.set(node, []);
    const values = returnedValues(module, node);
    const found = withoutRepeats(this.#ofAll(module, values));
    this.#returned.set(node, found);
    return found;
  }

  /** Sources within a function as those of a call: its parameters are the arguments. */
  #withArguments(
    sources: Sources,
    called: FunctionNode | undefined,
    module: Module,
    args: readonly Argument[],
    receiver: Node | undefined,
  ): Sources {
    return sources.flatMap(({ root, is }) => {
      const at = parameterOf(root, called);
      const isThis = root === called && receiver !== undefined;
      const given = isThis
        ? this.sourcesOf(module, receiver)
        : this.#ofArguments(module, argumentsAt(args, at ?? args.length));
      if (at === undefined && !isThis) return [{ root, is }];
      return through(is, given);
    });
  }
}

/** Which parameter of a function a root is. */
export function parameterOf(root: Root, called: Node | undefined): number | undefined {
  if (called === undefined || !('declaration' in root) || !('kind' in root) || root.kind !== 'parameter')
    return undefined;
  return root.declaration === called && isFunctionNode(called) ? parameterAt(called, root.name) : undefined;
}

function parameterAt({ params }: FunctionNode, name: string): number {
  return params.findIndex((one) => patternNames(one).includes(name));
}

function itself(root: Root | undefined): Sources {
  return root === undefined ? [] : [{ root, is: 'self' }];
}

function parts(sources: Sources): Sources {
  return sources.filter(({ is }) => is !== 'holder');
}

/** Members of what holds something may be parts of that. */
function asParts(sources: Sources): Sources {
  return sources.map(({ root }) => ({ root, is: 'part' }));
}

function held(sources: Sources): Sources {
  return sources.map(({ root }) => ({ root, is: 'holder' }));
}

/** A source of a parameter as one of what the parameter is called with. */
function through(is: Source['is'], given: Sources): Sources {
  if (is === 'self') return given;
  return is === 'part' ? asParts(given) : held(given);
}

/** The same sources, each once: by way of several expressions they would multiply. */
export function withoutRepeats(sources: Sources): Sources {
  if (sources.length < 2) return sources;
  const found = new Map<Root, Map<Source['is'], Source>>();
  for (const source of sources) {
    const known = found.get(source.root) ?? new Map<Source['is'], Source>();
    found.set(source.root, known.set(source.is, source));
  }
  return [...found.values()].flatMap((one) => [...one.values()]);
}

const returningFirst = /^Object\.(?:freeze|seal|preventExtensions|assign|define\w+|setPrototypeOf)$/;
const returningHeld = /^(?:Object\.(?:values|entries|fromEntries)|Array\.(?:from|of))$/;
const returningSelf: ReadonlySet<string> = new Set([
  ...['sort', 'reverse', 'fill', 'copyWithin', 'set', 'add'],
]);
const returningElement: ReadonlySet<string> = new Set([
  ...['at', 'find', 'findLast', 'pop', 'shift', 'get', 'next'],
]);
const returningList: ReadonlySet<string> = new Set([
  ...[
    'slice',
    'filter',
    'concat',
    'flat',
    'splice',
    'toSorted',
    'toReversed',
    'toSpliced',
    'with',
    'values',
    'entries',
  ],
]);
const mapping: ReadonlySet<string> = new Set(['map', 'flatMap']);
/** Methods whose callback is first called with an element. */
const iterating: ReadonlySet<string> = new Set([
  ...['forEach', 'map', 'flatMap', 'filter', 'some', 'every'],
  ...['find', 'findIndex', 'findLast', 'findLastIndex', 'sort', 'toSorted'],
]);
const folding: ReadonlySet<string> = new Set(['reduce', 'reduceRight']);
