import type { MethodDefinition, Node, ObjectProperty } from 'oxc-parser';
import type { Binding } from './declarations.js';
import { isFresh } from './freshness.js';
import { mutators } from './known-globals.js';
import { contains, type Definition } from './reach.js';
import { thisMember } from './scope.js';
import { staticName } from './syntax.js';

/** A place where code changes a variable or an object. */
export interface Change {
  readonly at: Node;
  /** An identifier or member expression that is assigned, or (for `object`) an object that is changed. */
  readonly target: Node;
  readonly kind: 'assigned' | 'object';
}

export interface ChangeFault {
  readonly message: string;
  readonly hint: string;
  /** Allowed while compute runs; a fault in code that creates a constant of a module. */
  readonly onlyInConstants: boolean;
}

/** The changes made by a node itself, without its children. */
export function changesBy(node: Node): Change[] {
  switch (node.type) {
    case 'AssignmentExpression':
      return assigned(node.left, node);
    case 'UpdateExpression':
      return assigned(node.argument, node);
    case 'ForInStatement':
    case 'ForOfStatement':
      return node.left.type === 'VariableDeclaration' ? [] : assigned(node.left, node);
    case 'UnaryExpression':
      return node.operator === 'delete' ? assigned(node.argument, node) : [];
    case 'CallExpression':
      return changedByCall(node.callee, node.arguments, node);
    case 'TaggedTemplateExpression':
      return changedByCall(node.tag, [], node);
    default:
      return [];
  }
}

function assigned(target: Node, at: Node): Change[] {
  switch (target.type) {
    case 'ChainExpression':
      return assigned(target.expression, at);
    case 'AssignmentPattern':
      return assigned(target.left, at);
    case 'RestElement':
      return assigned(target.argument, at);
    case 'Property':
      return assigned(target.value, at);
    case 'ObjectPattern':
      return target.properties.flatMap((property) => assigned(property, at));
    case 'ArrayPattern':
      return target.elements.flatMap((element) => (element === null ? [] : assigned(element, at)));
    default:
      return [{ at, target, kind: 'assigned' }];
  }
}

function changedByCall(callee: Node, [first]: readonly Node[], at: Node): Change[] {
  if (callee.type !== 'MemberExpression') return [];
  const { object, property, computed } = callee;
  const method = staticName(property, computed) ?? '';
  const isObjectAssign = object.type === 'Identifier' && object.name === 'Object' && method === 'assign';
  if (isObjectAssign) return first === undefined ? [] : [{ at, target: first, kind: 'object' }];
  return mutators.has(method) ? [{ at, target: object, kind: 'object' }] : [];
}

/** The reason why a change is refused; undefined when it only affects objects that the running call created. */
export function changeFault(definition: Definition, change: Change): ChangeFault | undefined {
  const { target } = change;
  if (change.kind === 'assigned' && target.type === 'Identifier')
    return variableFault(definition, change, target);
  if (isOwnMethod(definition, change)) return undefined;
  const { root, depth } = rootOf(change);
  if (root.type === 'ThisExpression') return thisFault(definition, root, depth, change);
  const { module } = definition;
  if (root.type !== 'Identifier') {
    return isFresh(module, root, depth) ? undefined : fault('changes an object it did not make', copyHint);
  }
  const binding = module.scopes.references.get(root);
  if (binding === undefined)
    return fault(`changes the global ${root.name}`, 'compute may change only its own values');
  if (!contains(definition.node, binding.scope.node))
    return fault(`changes ${root.name}, which it captures`, captureHint);
  if (!isFresh(module, root, depth)) return fault(`changes ${describeRoot(definition, binding)}`, copyHint);
  return betweenCalls(definition, root, binding);
}

function variableFault(
  definition: Definition,
  change: Change,
  target: Extract<Node, { type: 'Identifier' }>,
): ChangeFault | undefined {
  const { references } = definition.module.scopes;
  if (!references.has(target)) return undefined;
  const binding = references.get(target);
  if (binding === undefined) return fault(`assigns the global ${target.name}`, 'declare a local variable');
  if (!contains(definition.node, binding.scope.node)) {
    return fault(`assigns ${target.name}, which it captures`, captureHint);
  }
  return betweenCalls(definition, change.at, binding);
}

/** A function that changes a variable of its enclosing function may be kept, and then has state. */
function betweenCalls(definition: Definition, at: Node, binding: Binding): ChangeFault | undefined {
  if (definition.module.scopes.activationOf(at) === binding.scope.activation) return undefined;
  const message = `changes ${binding.name} from an inner function, which may be kept`;
  return { message, hint: 'compute the constant without functions that keep state', onlyInConstants: true };
}

/** Only a constructor changes its instance: an object that never changes can be shared. */
function thisFault(
  definition: Definition,
  root: Node,
  depth: number,
  change: Change,
): ChangeFault | undefined {
  const member = thisMember(definition.module, root);
  const constructing =
    member?.type === 'PropertyDefinition' ||
    (member?.type === 'MethodDefinition' && member.kind === 'constructor');
  if (constructing && depth === 1 && change.kind === 'assigned') return undefined;
  return fault('changes this outside its constructor', 'return a new object instead');
}

/** The `add` of `{ add(a, b) { … } }` is a function of the project, not the method of a Set. */
function isOwnMethod(definition: Definition, change: Change): boolean {
  const { target, at } = change;
  if (change.kind !== 'object' || target.type !== 'Identifier' || at.type !== 'CallExpression') return false;
  if (at.callee.type !== 'MemberExpression' || at.callee.object !== target) return false;
  const object = constantOf(definition, target);
  if (object === 'module') return true;
  const method = staticName(at.callee.property, at.callee.computed);
  return (
    object !== undefined && membersOf(object).some((one) => staticName(one.key, one.computed) === method)
  );
}

/** The members of a literal, or the static members of a class. */
function membersOf(node: Node): (ObjectProperty | MethodDefinition)[] {
  switch (node.type) {
    case 'ObjectExpression':
      return node.properties.filter((one) => one.type === 'Property');
    case 'ClassDeclaration':
    case 'ClassExpression':
      return node.body.body.flatMap((one) => (one.type === 'MethodDefinition' && one.static ? [one] : []));
    default:
      return [];
  }
}

/** The class, or the initialiser of a constant; `module` for a package or a namespace. */
function constantOf(definition: Definition, identifier: Node): Node | 'module' | undefined {
  const { module, project } = definition;
  const binding = module.scopes.references.get(identifier);
  if (binding?.kind !== 'import') return initialiserOf(binding);
  const target = project.importTarget(module, binding);
  switch (target.kind) {
    case 'package':
    case 'namespace':
      return 'module';
    case 'binding':
      return initialiserOf(target.binding);
    case 'node':
      return target.node;
    default:
      return undefined;
  }
}

function initialiserOf(binding: Binding | undefined): Node | undefined {
  if (binding?.kind === 'class') return binding.declaration;
  const declaration = binding?.kind === 'const' ? binding.declaration : undefined;
  return declaration?.type === 'VariableDeclarator' ? (declaration.init ?? undefined) : undefined;
}

/** The root of a chain of members, and the depth of the change in objects. */
function rootOf(change: Change): { root: Node; depth: number } {
  let depth = change.kind === 'object' ? 1 : 0;
  let root = change.target;
  for (;;) {
    if (root.type === 'MemberExpression') {
      root = root.object;
      depth += 1;
    } else if (root.type === 'ChainExpression') {
      root = root.expression;
    } else {
      return { root, depth };
    }
  }
}

function describeRoot(definition: Definition, binding: Binding): string {
  const isArgument = binding.kind === 'parameter' && binding.declaration === definition.node;
  return isArgument
    ? `its argument ${binding.name}`
    : `${binding.name}, which may hold an object it did not make`;
}

const copyHint = 'copy it first, for example [...xs] or { ...row }, and change the copy';
const captureHint = 'captured values are constant: keep results in local variables';

function fault(message: string, hint: string): ChangeFault {
  return { message, hint, onlyInConstants: false };
}
