import type { Node } from 'oxc-parser';
import { asyncHint, evaluatedNodes } from './async-functions.js';
import type { Binding } from './declarations.js';
import type { CodeDefinition } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import { namedCode } from './function-names.js';
import { commonJsNames, globalFault, globalHint } from './known-globals.js';
import { requiredPath } from './project.js';
import { thisMember, thisOwner } from './scope.js';
import { isFunctionNode, staticName } from './syntax.js';
import { isCommonJs } from './whole-files.js';

/** What a definition says that has no meaning in a closed module, or that compute may not do. */
export function refusals(definition: CodeDefinition): Refusal[] {
  return [...evaluatedNodes(definition)].flatMap((node) => {
    const fault = faultOf(definition, node);
    if (fault === undefined) return [];
    const { code, message, hint, isChange = false } = fault;
    return [{ finding: findingAt(code, definition.module, node, message, hint), isChange }];
  });
}

interface Refusal {
  readonly finding: Finding;
  /** Whether it changes a value of its file. */
  readonly isChange: boolean;
}

interface Fault {
  readonly isChange?: boolean;
  readonly code: Finding['code'];
  readonly message: string;
  readonly hint: string;
}

function faultOf(definition: CodeDefinition, node: Node): Fault | undefined {
  if ('decorators' in node && Array.isArray(node.decorators) && node.decorators.length > 0) {
    return decoratorFault;
  }
  const target = changedBy(node);
  if (target !== undefined) return changeFault(definition, target);
  switch (node.type) {
    case 'Identifier':
      return globalFaultOf(definition, node);
    case 'ThisExpression':
    case 'Super':
      return thisFault(definition, node);
    case 'PrivateIdentifier':
      return privateFault(definition, node);
    case 'MemberExpression':
      return nameFault(definition, node);
    case 'CallExpression':
      return methodFault(definition, node);
    default:
      return syntaxFault(node);
  }
}

/** The target of an assignment, a deletion or a loop. */
function changedBy(node: Node): Node | undefined {
  switch (node.type) {
    case 'AssignmentExpression':
      return node.left;
    case 'UpdateExpression':
      return node.argument;
    case 'UnaryExpression':
      return node.operator === 'delete' ? node.argument : undefined;
    case 'ForInStatement':
    case 'ForOfStatement':
      return node.left;
    default:
      return undefined;
  }
}

const asyncFault = impure('is an async function', asyncHint);

const decoratorFault = impure('uses decorators', 'call the function explicitly');

function syntaxFault(node: Node): Fault | undefined {
  if (isFunctionNode(node)) return node.async ? asyncFault : undefined;
  if (node.type === 'MetaProperty') return node.meta.name === 'import' ? importMetaFault : undefined;
  return Object.hasOwn(refusedSyntax, node.type) ? refusedSyntax[node.type] : undefined;
}

const importMetaFault = impure('uses import.meta', globalHint);

const refusedSyntax: Readonly<Record<string, Fault>> = {
  ImportExpression: impure('uses import()', 'import it at the top of the file'),
  AwaitExpression: impure('uses await', asyncHint),
  AccessorProperty: impure('uses an accessor field', 'write a getter and a setter'),
  TSModuleDeclaration: impure('declares a namespace in other code', 'declare it at the top of a file'),
  TSImportEqualsDeclaration: impure('uses import = in other code', 'write it at the top of a file'),
  DebuggerStatement: impure('uses debugger', 'remove the statement'),
  JSXElement: impure('uses JSX', 'call a function instead'),
  JSXFragment: impure('uses JSX', 'call a function instead'),
};

/** Packages may name what the realm lacks, e.g. to find out whether it exists: there it is undefined. */
function globalFaultOf(
  definition: CodeDefinition,
  node: Extract<Node, { type: 'Identifier' }>,
): Fault | undefined {
  const { references, parentOf } = definition.module.scopes;
  if (!references.has(node) || references.get(node) !== undefined) return undefined;
  if (definition.module.isPackage || isGiven(definition, node)) return undefined;
  const parent = parentOf(node);
  if (node.name === 'Date' && isDateWithoutTime(parent, node)) return clockFault;
  const isObject = parent?.type === 'MemberExpression' && parent.object === node;
  const fault = globalFault(node.name, isObject ? staticName(parent.property, parent.computed) : undefined);
  return fault === undefined ? undefined : impure(fault, globalHint);
}

const clockFault = impure(
  'uses the clock: Date without a time',
  'pass milliseconds: new Date(view.time * 1000)',
);

/** `arguments` of a function, and what CommonJS gives to a file. */
function isGiven(definition: CodeDefinition, node: Extract<Node, { type: 'Identifier' }>): boolean {
  const { module, node: outer } = definition;
  if (node.name === 'arguments') return thisOwner(module, node, outer) !== undefined;
  if (isCommonJs(definition) && commonJsNames.has(node.name)) return true;
  const parent = module.scopes.parentOf(node);
  return parent !== undefined && requiredPath(module, parent) !== undefined;
}

function isDateWithoutTime(parent: Node | undefined, node: Node): boolean {
  if (parent?.type === 'CallExpression') return parent.callee === node;
  return parent?.type === 'NewExpression' && parent.callee === node && parent.arguments.length === 0;
}

/** Inside the definition `this` is what its own functions and classes are called with; outside it is the author's object. */
function thisFault({ module, node: outer, binding }: CodeDefinition, node: Node): Fault | undefined {
  if (outer.type === 'Program') return undefined;
  const owner = thisOwner(module, node, outer);
  if (owner !== undefined && (owner !== outer || binding !== undefined)) return undefined;
  const hint = thisMember(module, node) === undefined ? thisHint : classHint;
  return { code: 'E_CAPTURE', message: `uses ${node.type === 'Super' ? 'super' : 'this'}`, hint };
}

const thisHint = 'compute is called without this: use its view, constants and functions of the project';
const classHint = 'compute is called without its instance: pass the fields through params';

function privateFault({ module, node: outer }: CodeDefinition, node: Node): Fault | undefined {
  const { parentOf } = module.scopes;
  for (let at: Node | undefined = node; at !== undefined && at !== parentOf(outer); at = parentOf(at)) {
    if (at.type === 'ClassBody') return undefined;
  }
  return {
    code: 'E_CAPTURE',
    message: 'uses a private member of a class around it',
    hint: 'write the function outside of the class',
  };
}

/** Assignments to constants, which are frozen. Calls of methods that change them fail when they run. */
function changeFault(definition: CodeDefinition, target: Node): Fault | undefined {
  let root = target;
  while (root.type === 'MemberExpression' || root.type === 'ChainExpression') {
    root = root.type === 'MemberExpression' ? root.object : root.expression;
  }
  if (root === target || root.type !== 'Identifier' || definition.node.type === 'Program') return undefined;
  const binding = definition.module.scopes.references.get(root);
  if (binding?.scope.isOfModule !== true) return undefined;
  if (binding === definition.binding && isInStaticBlock(definition, root)) return undefined;
  if (isBegunAgain(definition, target, binding)) return undefined;
  const hint = 'create the object inside compute, or copy it first';
  return { ...impure(`changes ${root.name}, which is shared by all bars`, hint), isChange: true };
}

/** `word.lastIndex = 0` of a regular expression that every bar has of its own: nothing is kept in it. */
function isBegunAgain({ module }: CodeDefinition, target: Node, { declaration }: Binding): boolean {
  if (target.type !== 'MemberExpression' || target.object.type !== 'Identifier') return false;
  const assignment = module.scopes.parentOf(target);
  const init = declaration.type === 'VariableDeclarator' ? declaration.init : null;
  return (
    staticName(target.property, target.computed) === 'lastIndex' &&
    assignment?.type === 'AssignmentExpression' &&
    assignment.operator === '=' &&
    assignment.right.type === 'Literal' &&
    assignment.right.value === 0 &&
    init?.type === 'Literal' &&
    'regex' in init &&
    /[gy]/.test(init.regex.flags)
  );
}

/** Calls of methods that change a table, a map or a set of the module; other changes fail when they run. */
function methodFault(
  { module, node: outer }: CodeDefinition,
  { callee }: Extract<Node, { type: 'CallExpression' }>,
): Fault | undefined {
  if (module.isPackage || outer.type === 'Program' || callee.type !== 'MemberExpression') return undefined;
  const { object } = callee;
  const method = staticName(callee.property, callee.computed) ?? '';
  const binding = object.type === 'Identifier' ? module.scopes.references.get(object) : undefined;
  const kind = binding?.scope.isOfModule === true ? collectionKind(binding.declaration) : undefined;
  if (binding === undefined || kind === undefined || !changing[kind].has(method)) return undefined;
  return impure(`changes ${binding.name}, which is shared by all bars`, wayOut(binding.name, kind, method));
}

/** What a constant is created as, when nothing else can have its methods. */
function collectionKind(declaration: Node): 'array' | 'collection' | undefined {
  if (declaration.type !== 'VariableDeclarator' || declaration.id.type !== 'Identifier') return undefined;
  const { init } = declaration;
  if (init?.type === 'ArrayExpression') return 'array';
  const created = init?.type === 'NewExpression' && init.callee.type === 'Identifier' ? init.callee.name : '';
  return created === 'Map' || created === 'Set' ? 'collection' : undefined;
}

const changing = {
  array: new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin']),
  collection: new Set(['set', 'add', 'delete', 'clear']),
} as const satisfies Readonly<Record<string, ReadonlySet<string>>>;

function wayOut(name: string, kind: keyof typeof changing, method: string): string {
  if (kind === 'collection')
    return 'create it inside compute: nothing is kept from bar to bar, so a memo is filled again for every bar';
  if (method === 'sort') return `sort a copy: [...${name}].sort(…) or ${name}.toSorted(…)`;
  return `change a copy: [...${name}].${method}(…)`;
}

/** There a class gives itself members; afterwards it is frozen. */
function isInStaticBlock({ module, node: outer }: CodeDefinition, node: Node): boolean {
  let at: Node | undefined = node;
  while (at !== undefined && at !== outer && at.type !== 'StaticBlock') at = module.scopes.parentOf(at);
  return at?.type === 'StaticBlock';
}

/** Names of functions are not part of their meaning, so reading one would have other results than its id says. */
function nameFault(
  { module }: CodeDefinition,
  { object, property, computed }: Extract<Node, { type: 'MemberExpression' }>,
): Fault | undefined {
  if (module.isPackage || staticName(property, computed) !== 'name') return undefined;
  const named = namedCode(module, object);
  if (named === undefined) return undefined;
  const message = `reads the name of ${named}, which is not part of its meaning`;
  return impure(message, 'write the text where it is needed');
}

function impure(message: string, hint: string): Fault {
  return { code: 'E_IMPURE_COMPUTE', message, hint };
}
