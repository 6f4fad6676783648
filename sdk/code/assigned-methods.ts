import type { Node } from 'oxc-parser';
import type { Module } from './project.js';
import { thisMember } from './scope.js';
import { allNodes, type ClassNode, isFunctionNode, staticName } from './syntax.js';

/**
 * The names of methods that a class replaces on its instances, as in `this.go = this.go.bind(this)`. When the class is frozen,
 * the language would refuse that. Classes that are made by a function are not frozen.
 */
export function assignedMethods(module: Module, node: ClassNode): readonly string[] {
  if (isFunctionNode(module.scopes.activationOf(node))) return [];
  const methods = methodNames(module, node);
  const names = [...allNodes(node.body)].flatMap((one) => assignedName(module, one) ?? []);
  return [...new Set(names)].filter((name) => methods.has(name)).sort();
}

/** `this.name = …` */
function assignedName(module: Module, node: Node): string | undefined {
  if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return undefined;
  const { object, property, computed } = node.left;
  if (object.type !== 'ThisExpression' || thisMember(module, object) === undefined) return undefined;
  return staticName(property, computed);
}

/** With those of the classes it extends, as far as they are in the same file. */
function methodNames(module: Module, node: ClassNode): Set<string> {
  const names = new Set<string>();
  const seen = new Set<Node>();
  for (let at: Node | undefined = node; at !== undefined && !seen.has(at); at = baseOf(module, at)) {
    seen.add(at);
    for (const name of ownMethods(at)) names.add(name);
  }
  return names;
}

function ownMethods(node: Node): string[] {
  if (!isClass(node)) return [];
  return node.body.body.flatMap((member) => {
    const isMethod = member.type === 'MethodDefinition' && member.kind === 'method' && !member.static;
    return (isMethod ? staticName(member.key, member.computed) : undefined) ?? [];
  });
}

function baseOf(module: Module, node: Node): Node | undefined {
  const base = isClass(node) ? node.superClass : null;
  const declared = base === null ? undefined : module.scopes.references.get(base)?.declaration;
  return declared?.type === 'VariableDeclarator' ? (declared.init ?? undefined) : declared;
}

function isClass(node: Node): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}
