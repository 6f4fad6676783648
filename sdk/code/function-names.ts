import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import type { Module } from './project.js';
import { pathBinding, thisMember } from './scope.js';
import { isFunctionNode, staticName } from './syntax.js';

/** What a value is, when it is certainly a function or a class of the author. */
export function namedCode(module: Module, value: Node): string | undefined {
  switch (value.type) {
    case 'MetaProperty':
      return 'the class that is created';
    case 'MemberExpression': {
      const member = heldKind(module, pathBinding(module, value));
      if (member !== undefined) return `the ${member} of a namespace`;
      return staticName(value.property, value.computed) === 'constructor'
        ? 'the class of an object'
        : undefined;
    }
    case 'ThisExpression':
      return isUnnamedClass(module, value) ? 'its own class' : undefined;
    case 'Identifier': {
      const kind = heldKind(module, module.scopes.references.get(value));
      return kind === undefined ? undefined : `the ${kind} ${value.name}`;
    }
    default:
      return undefined;
  }
}

/** Whether `this` is a class that does not say itself what its static member `name` is. */
function isUnnamedClass(module: Module, value: Node): boolean {
  const member = thisMember(module, value);
  const body = member?.static === true ? module.scopes.parentOf(member) : undefined;
  return body?.type === 'ClassBody' && !body.body.some(isStaticName);
}

function isStaticName(member: Node): boolean {
  const isMember = member.type === 'MethodDefinition' || member.type === 'PropertyDefinition';
  return isMember && member.static && staticName(member.key, member.computed) === 'name';
}

/** The kind of code that a variable holds, also by another name. */
function heldKind(module: Module, binding: Binding | undefined): 'function' | 'class' | undefined {
  const seen = new Set<Binding>();
  for (let at = binding; at !== undefined && !seen.has(at); at = sameValue(module, at)) {
    seen.add(at);
    const kind = declaredKind(at);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

function declaredKind(binding: Binding): 'function' | 'class' | undefined {
  if (binding.kind === 'function') return 'function';
  const code = binding.kind === 'class' ? binding.declaration : initialiser(binding);
  if (code === null) return undefined;
  if (isFunctionNode(code)) return 'function';
  const isClass = code.type === 'ClassExpression' || code.type === 'ClassDeclaration';
  return isClass && !code.body.body.some(isStaticName) ? 'class' : undefined;
}

function sameValue(module: Module, binding: Binding): Binding | undefined {
  const init = initialiser(binding);
  return init?.type === 'Identifier' ? module.scopes.references.get(init) : undefined;
}

function initialiser({ declaration }: Binding): Node | null {
  return declaration.type === 'VariableDeclarator' && declaration.id.type === 'Identifier'
    ? declaration.init
    : null;
}
