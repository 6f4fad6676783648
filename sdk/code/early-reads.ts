import type { Node } from 'oxc-parser';
import type { Closure } from './closure.js';
import { type Binding, endOfDeclared } from './declarations.js';
import { type CodeDefinition, type Definition, isFunctionDefinition, type Mention } from './definitions.js';
import { compiledEnum } from './enums.js';
import { type Finding, findingAt } from './finding.js';
import type { Module, Project } from './project.js';
import { declaredIn } from './scope.js';
import { allNodes, contains, isFunctionNode } from './syntax.js';

/**
 * Constants that read what may be undefined at that time: a `var`, or a member of a namespace, that is declared later, or in a file
 * that imports theirs, and an object that is not complete yet. A closed module evaluates it before. Of other declarations the
 * language refuses to read one too early.
 */
export function earlyFindings(project: Project, { definitions }: Closure): Finding[] {
  const lateOnes = new Set(
    definitions.flatMap((one) => declaredLate(one) ?? []).map(({ definition }) => definition),
  );
  if (lateOnes.size === 0) return [];
  return definitions.flatMap((reader) => {
    if (reader.kind !== 'code' || reader.module.isPackage || isFunctionDefinition(reader)) return [];
    const reads = readWhenEvaluated(reader).filter(({ read }) => read !== reader && lateOnes.has(read));
    return reads.flatMap(({ at, read }) => findingOf(project, reader, read, at)).slice(0, 1);
  });
}

/** A definition that is undefined, or lacks members, until the end of its declaration. */
interface Late {
  readonly definition: Definition;
  readonly module: Module;
  readonly end: number;
  readonly name: string;
  readonly kind: string;
}

/** A definition is part of many closed modules. */
const known = new WeakMap<Definition, Late | 'not late'>();

function declaredLate(definition: Definition): Late | undefined {
  const found = known.get(definition) ?? lateOf(definition) ?? 'not late';
  known.set(definition, found);
  return found === 'not late' ? undefined : found;
}

function lateOf(definition: Definition): Late | undefined {
  if (definition.kind === 'namespace' && definition.declared !== undefined) {
    const { module, binding } = definition.declared;
    return { definition, module, end: endOfDeclared(binding), name: binding.name, kind: 'a namespace' };
  }
  if (definition.kind !== 'code') return undefined;
  const { module, node } = definition;
  const isPattern = node.type === 'VariableDeclarator';
  const binding = definition.binding ?? (isPattern ? declaredIn(module, node)[0] : undefined);
  if (binding === undefined) return undefined;
  const end = Math.max(node.end, endOfDeclared(binding));
  const kind = lateKind(definition, binding, end);
  return kind === undefined ? undefined : { definition, module, end, name: binding.name, kind };
}

function lateKind({ module, node }: CodeDefinition, binding: Binding, end: number): string | undefined {
  if (binding.kind === 'var' && compiledEnum(module, binding) === undefined) return 'a var variable';
  if (binding.scope.isExported) return 'a member of a namespace';
  const { declaration } = binding;
  const isMerged = declaration === node && end > declaration.end;
  return isMerged ? `${article(binding.kind)} with several declarations` : undefined;
}

function article(kind: Binding['kind']): string {
  return kind === 'enum' ? 'an enum' : `a ${kind}`;
}

function findingOf(project: Project, reader: CodeDefinition, read: Definition, at: Mention): Finding[] {
  const late = declaredLate(read);
  if (late === undefined || isHoisted(read, at)) return [];
  const { module, end, name, kind } = late;
  if (module === reader.module) {
    if (end <= reader.node.start) return [];
    const message = `reads ${name}, ${kind}, before it has its whole value`;
    return [findingAt('E_CAPTURE', at.module, at.node, message, orderHint)];
  }
  if (!isCycle(project, reader.module, module)) return [];
  const message = `reads ${name}, ${kind} of a file that imports this one, maybe before it has its value`;
  return [findingAt('E_CAPTURE', at.module, at.node, message, cycleHint)];
}

const orderHint = 'declare it before the first constant that reads it';
const cycleHint = 'declare it with const, or move it to a file that does not import this one';

/**
 * By its own name a function has its value from the beginning, and the language refuses to read a class too early. In another
 * declaration of its namespace the name is that of a member.
 */
function isHoisted(read: Definition, { module, node }: Mention): boolean {
  if (read.kind !== 'code' || node.type !== 'Identifier' || read.members.size > 0) return false;
  const scope = read.binding?.scope;
  const isMember = scope?.isExported === true && module === read.module && !contains(scope.node, node);
  return !isMember && (isFunctionNode(read.node) || read.node.type === 'ClassDeclaration');
}

interface Read {
  readonly at: Mention;
  readonly read: Definition;
}

/** What the evaluation of a definition may read: what it names outside of functions, and with any call everything it leads to. */
function readWhenEvaluated(reader: CodeDefinition): Read[] {
  const evaluated = [...allNodes(reader.node)].filter((node) => !isDeferred(reader, node));
  const isCalling = evaluated.some(({ type }) => callingTypes.has(type));
  const own = namedBy(reader);
  const direct = own.filter(({ at }) => !isDeferred(reader, at.node));
  if (!isCalling) return direct;
  const isOwn = evaluated.some(({ type }) => type === 'ThisExpression' || type === 'Super');
  const found = isOwn ? own : own.filter(({ at }) => !isInMethod(reader, at.node));
  const seen = new Set<Definition>();
  for (const { read } of found) {
    if (seen.has(read) || read.kind !== 'code') continue;
    seen.add(read);
    found.push(...namedBy(read));
  }
  return found;
}

function namedBy({ module, names }: CodeDefinition): Read[] {
  return [...names].map(([node, { definition }]) => ({ at: { module, node }, read: definition }));
}

const callingTypes: ReadonlySet<string> = new Set([
  ...['CallExpression', 'NewExpression', 'TaggedTemplateExpression', 'SpreadElement', 'ArrayPattern'],
]);

/** Whether a node is in a function, or in a field of instances, which are evaluated later. */
function isDeferred({ module, node: outer }: CodeDefinition, node: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined && at !== outer; at = module.scopes.parentOf(at)) {
    if (isFunctionNode(at) || isField(module, at)) return true;
  }
  return false;
}

/** Whether a node is in a method, or a field of instances, of the class that is defined: only the class itself leads to it. */
function isInMethod({ module, node: outer }: CodeDefinition, node: Node): boolean {
  const body = 'body' in outer ? outer.body : undefined;
  for (let at: Node | undefined = node; at !== undefined && at !== outer; at = module.scopes.parentOf(at)) {
    const holder = module.scopes.parentOf(at);
    const isMethod = holder?.type === 'MethodDefinition' && holder.value === at;
    if (isMethod || isField(module, at))
      return holder !== undefined && module.scopes.parentOf(holder) === body;
  }
  return false;
}

function isField({ scopes }: Module, node: Node): boolean {
  const holder = scopes.parentOf(node);
  return holder?.type === 'PropertyDefinition' && !holder.static && holder.value === node;
}

function isCycle(project: Project, one: Module, other: Module): boolean {
  return project.importedBy([one]).includes(other) && project.importedBy([other]).includes(one);
}
