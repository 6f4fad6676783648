import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';
import { compiledEnum } from './enums.js';
import type { Module, Target } from './project.js';
import { isAssigned, thisOwner } from './scope.js';
import { allNodes, isFunctionNode } from './syntax.js';

/** The code that gives a variable of a module its value. */
export function definingNode(module: Module, binding: Binding): Node {
  const compiled = compiledEnum(module, binding);
  if (compiled !== undefined) return compiled.call;
  const { declaration } = binding;
  if (declaration.type !== 'VariableDeclarator') return declaration;
  return declaration.id.type === 'Identifier' && declaration.init !== null ? declaration.init : declaration;
}

/** The reason why a module variable has no fixed value; undefined when it has one. */
export function bindingFault(module: Module, binding: Binding): { reason: string; hint: string } | undefined {
  if (binding.kind === 'other') {
    return {
      reason: 'declared in a way that has no single definition',
      hint: 'give each declaration another name; for import name = require(…) write an import statement',
    };
  }
  if (isOfBlock(module, binding)) {
    return {
      reason: 'a var variable of a block, whose value depends on what runs',
      hint: 'declare it with const, outside of the block',
    };
  }
  if (!module.scopes.usesOf(binding).some((use) => isAssigned(module, use))) return undefined;
  if (compiledEnum(module, binding) !== undefined) return undefined;
  const isVariable = binding.kind === 'let' || binding.kind === 'var';
  return isVariable
    ? { reason: `a ${binding.kind} variable that is assigned again`, hint: 'declare it with const' }
    : {
        reason: `a ${binding.kind} that is assigned again`,
        hint: 'use another name for the other value',
      };
}

/** Whether the value of a name may be a function that uses the object it is called on. */
export function mayUseThis(target: Target): boolean {
  if (target.kind !== 'binding') return false;
  const { module, binding } = target;
  const node = definingNode(module, binding);
  if (isFunctionNode(node))
    return [...allNodes(node)].some(
      (one) => one.type === 'ThisExpression' && thisOwner(module, one, node) === node,
    );
  return binding.scope.isExported && binding.kind !== 'class';
}

/** Whether a `var` is not declared among the statements of its file or namespace. */
function isOfBlock({ scopes }: Module, { kind, declaration }: Binding): boolean {
  if (kind !== 'var') return false;
  const variables = scopes.parentOf(declaration);
  const around = variables === undefined ? undefined : scopes.parentOf(variables);
  return !['Program', 'TSModuleBlock', 'ExportNamedDeclaration'].includes(around?.type ?? '');
}
