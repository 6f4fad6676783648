import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Module } from './project.js';
import { allNodes, type FunctionNode, staticName } from './syntax.js';

/** Names of members; undefined when any may be read, or listed. */
type Names = ReadonlySet<string> | undefined;

/** Which fields of its inputs a compute function reads, as far as its source shows. */
export class InputReads {
  readonly #fields: ReadonlyMap<string, Names> | undefined;

  /** `fields`: by input; undefined when the view is used as a whole. */
  constructor(fields: ReadonlyMap<string, Names> | undefined) {
    this.#fields = fields;
  }

  /** The fields of an input; undefined when the function may see which ones there are. */
  fieldsOf(input: string): Names {
    if (this.#fields === undefined) return undefined;
    return this.#fields.has(input) ? this.#fields.get(input) : new Set();
  }
}

/** What a function reads of its first parameter: members of members, by their names. */
export function inputReads(module: Module, root: FunctionNode): InputReads {
  const [view] = root.params;
  const isHidden = [...allNodes(root)].some((node) => isArguments(module, node));
  if (view === undefined && !isHidden) return new InputReads(new Map());
  if (view === undefined || view.type === 'TSParameterProperty' || isHidden) return new InputReads(undefined);
  const inputs = membersOfPattern(module, view);
  return new InputReads(inputs === undefined ? undefined : fieldsByInput(module, inputs));
}

function isArguments({ scopes }: Module, node: Node): boolean {
  return node.type === 'Identifier' && node.name === 'arguments' && scopes.references.has(node);
}

function fieldsByInput(module: Module, inputs: readonly Member[]): Map<string, Names> {
  const fields = new Map<string, Names>();
  for (const { name, held } of inputs) {
    const known = fields.has(name) ? fields.get(name) : new Set<string>();
    const read = membersOf(module, held)?.map((one) => one.name);
    fields.set(name, known === undefined || read === undefined ? undefined : new Set([...known, ...read]));
  }
  return fields;
}

/** A member that is read by its name. `held`: where its value is used, or the pattern it is taken apart by. */
interface Member {
  readonly name: string;
  readonly held: Node;
}

/** The members that are read of a value, or of what a pattern declares; undefined when not all of them are known. */
function membersOf(module: Module, held: Node): readonly Member[] | undefined {
  const { parentOf, declarations } = module.scopes;
  if (held.type === 'ObjectPattern' || declarations.has(held)) return membersOfPattern(module, held);
  const parent = parentOf(held);
  if (parent?.type === 'VariableDeclarator' && parent.init === held)
    return membersOfPattern(module, parent.id);
  if (parent?.type !== 'MemberExpression' || parent.object !== held) return undefined;
  const name = ownName(parent.property, parent.computed);
  return name === undefined ? undefined : [{ name, held: parent }];
}

/** A name that is read; undefined when it is computed, or may be a method of every object, which can list its members. */
function ownName(key: Node, computed: boolean): string | undefined {
  const name = staticName(key, computed);
  return name === undefined || name in Object.prototype ? undefined : name;
}

/** `name` and `{ a, b: { c } }`, without defaults, rest and computed keys. */
function membersOfPattern(module: Module, pattern: Node): readonly Member[] | undefined {
  if (pattern.type === 'Identifier') {
    const binding = module.scopes.declarations.get(pattern);
    return binding === undefined ? undefined : membersOfVariable(module, binding);
  }
  if (pattern.type !== 'ObjectPattern') return undefined;
  const found: Member[] = [];
  for (const property of pattern.properties) {
    const name = property.type === 'Property' ? ownName(property.key, property.computed) : undefined;
    if (name === undefined || property.type !== 'Property') return undefined;
    found.push({ name, held: property.value });
  }
  return found;
}

function membersOfVariable(module: Module, binding: Binding): readonly Member[] | undefined {
  const found: Member[] = [];
  for (const use of module.scopes.usesOf(binding)) {
    const members = membersOf(module, use);
    if (members === undefined) return undefined;
    found.push(...members);
  }
  return found;
}
