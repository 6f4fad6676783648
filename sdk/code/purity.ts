import type { Node } from 'oxc-parser';
import { type Finding, findingAt } from './finding.js';
import { calledGlobal } from './freshness.js';
import { globalFault, globalHint, iteratorMethods, memberFault } from './known-globals.js';
import { type Change, changeFault, changesBy } from './mutation.js';
import { contains, type Definition } from './reach.js';
import { thisMember } from './scope.js';
import { type FunctionNode, isFunctionNode, listChildren, staticName } from './syntax.js';

/** A fault of one definition. */
export interface PurityReport {
  readonly findings: readonly Finding[];
  readonly remembering: readonly Remembering[];
}

/** Allowed while compute runs; a fault in code that creates a constant of a module, which would then change between bars. */
interface Remembering {
  readonly finding: Finding;
  /** It happens when a function inside the definition is called, not when the definition is evaluated. */
  readonly whenCalled: boolean;
}

/** Checks that code reads nothing but itself, its arguments and module constants, and changes nothing outside. */
export function checkPurity(definition: Definition): PurityReport {
  const check = new PurityCheck(definition);
  check.visit(definition.node);
  return check;
}

class PurityCheck implements PurityReport {
  readonly findings: Finding[] = [];
  readonly remembering: Remembering[] = [];
  readonly #definition: Definition;

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  visit(node: Node): void {
    this.#checkSyntax(node);
    for (const change of changesBy(node)) this.#checkChange(change);
    for (const child of listChildren(node)) this.visit(child);
  }

  #checkSyntax(node: Node): void {
    if (isFunctionNode(node)) this.#checkFunction(node);
    switch (node.type) {
      case 'Identifier':
        this.#checkIdentifier(node);
        break;
      case 'MemberExpression':
        this.#checkMember(node);
        break;
      case 'NewExpression':
        this.#checkNew(node);
        break;
      case 'CallExpression':
        this.#checkIterator(node);
        break;
      case 'Literal':
        this.#checkRegExp(node);
        break;
      case 'ThisExpression':
        this.#checkThis(node);
        break;
      default:
        this.#checkRare(node);
    }
  }

  #checkRare(node: Node): void {
    const fault = rareFault(node);
    if (fault !== undefined) this.#refuse(node, fault, globalHint);
    if ('decorators' in node && Array.isArray(node.decorators) && node.decorators.length > 0) {
      this.#refuse(node, 'uses decorators', 'call the function explicitly');
    }
  }

  #checkFunction(node: FunctionNode): void {
    const hint = 'compute returns its row synchronously, and is called for every bar';
    if (node.async) this.#refuse(node, 'is an async function', hint);
    if (node.type !== 'ArrowFunctionExpression' && node.generator) {
      this.#refuse(node, 'is a generator function', 'collect the values in an array');
    }
  }

  #checkIdentifier(node: Extract<Node, { type: 'Identifier' }>): void {
    const { module } = this.#definition;
    const { references, parentOf } = module.scopes;
    if (!references.has(node) || references.get(node) !== undefined) return;
    const parent = parentOf(node);
    if (node.name === 'Date' && parent?.type === 'NewExpression' && parent.callee === node) return;
    const member =
      parent?.type === 'MemberExpression' && parent.object === node
        ? staticName(parent.property, parent.computed)
        : undefined;
    const fault = globalFault(node.name, member);
    if (fault !== undefined) this.#refuse(node, fault, globalHint);
  }

  #checkMember(node: Extract<Node, { type: 'MemberExpression' }>): void {
    const member = staticName(node.property, node.computed);
    const fault = member === undefined ? undefined : memberFault(member);
    if (fault !== undefined) this.#refuse(node, fault, globalHint);
  }

  /** `new Date(view.time * 1000)` is a calendar; `new Date()` is the clock, and a text may be read in the local time zone. */
  #checkNew(node: Extract<Node, { type: 'NewExpression' }>): void {
    if (calledGlobal(this.#definition.module, node.callee) !== 'Date') return;
    const [time, ...more] = node.arguments;
    const isTime = time !== undefined && more.length === 0 && !notTimes.has(time.type) && !isText(time);
    if (!isTime) {
      const hint = 'pass milliseconds: new Date(view.time * 1000), then use the getUTC… methods';
      this.#refuse(node, 'uses new Date (the clock or the time zone of the machine)', hint);
    }
  }

  /** In the fields, the constructor and the methods of a class `this` is an instance that compute created. */
  #checkThis(node: Node): void {
    if (thisMember(this.#definition.module, node)?.static !== false)
      this.#refuse(node, 'uses this', thisHint);
  }

  #checkIterator(node: Extract<Node, { type: 'CallExpression' }>): void {
    if (node.callee.type !== 'MemberExpression') return;
    const method = staticName(node.callee.property, node.callee.computed) ?? '';
    if (!iteratorMethods.has(method) || calledGlobal(this.#definition.module, node.callee) !== undefined)
      return;
    if (this.#isReadAtOnce(node)) return;
    this.#remember(node, `keeps the iterator of .${method}()`, 'spread it into an array');
  }

  #isReadAtOnce(iterator: Node): boolean {
    const parent = this.#definition.module.scopes.parentOf(iterator);
    if (parent?.type === 'SpreadElement' || parent?.type === 'NewExpression') return true;
    if (parent?.type === 'ForOfStatement') return parent.right === iterator;
    if (parent?.type !== 'CallExpression') return false;
    return calledGlobal(this.#definition.module, parent.callee) !== undefined;
  }

  #checkRegExp(node: Extract<Node, { type: 'Literal' }>): void {
    if (!('regex' in node) || !/[gy]/.test(node.regex.flags)) return;
    const hint = 'write it where it is used: it keeps the position of its last match';
    this.#remember(node, `keeps the regular expression ${node.raw}`, hint);
  }

  #checkChange(change: Change): void {
    const fault = changeFault(this.#definition, change);
    if (fault === undefined) return;
    if (fault.onlyInConstants) this.#remember(change.at, fault.message, fault.hint);
    else this.#refuse(change.at, fault.message, fault.hint);
  }

  #remember(node: Node, message: string, hint: string): void {
    const activation = this.#definition.module.scopes.activationOf(node);
    const whenCalled = contains(this.#definition.node, activation);
    this.remembering.push({ finding: this.#finding(node, message, hint), whenCalled });
  }

  #refuse(node: Node, message: string, hint: string): void {
    this.findings.push(this.#finding(node, message, hint));
  }

  #finding(node: Node, message: string, hint: string): Finding {
    return findingAt('E_IMPURE_COMPUTE', this.#definition.module, node, message, hint);
  }
}

const thisHint = 'use the argument of compute, and plain functions of the project';

/** Arguments of `new Date` that are not a number of milliseconds. */
const notTimes: ReadonlySet<string> = new Set(['SpreadElement', 'TemplateLiteral']);

function isText(node: Node): boolean {
  return node.type === 'Literal' && typeof node.value === 'string';
}

function rareFault(node: Node): string | undefined {
  switch (node.type) {
    case 'AwaitExpression':
      return 'uses await';
    case 'YieldExpression':
      return 'uses yield';
    case 'ImportExpression':
      return 'uses import()';
    case 'MetaProperty':
      return `uses ${node.meta.name}.${node.property.name}`;
    case 'ForOfStatement':
      return node.await ? 'uses for await' : undefined;
    default:
      return node.type.startsWith('JSX') ? 'uses JSX' : undefined;
  }
}
