import type { Node } from 'oxc-parser';
import { type Finding, findingAt } from './finding.js';
import { calledGlobal } from './freshness.js';
import type { PurityReport } from './purity.js';
import { type Definition, firstUse, type Reached } from './reach.js';
import { isFunctionNode, listChildren } from './syntax.js';

/** Whether a definition is a value that is created once, when its module is loaded. */
export function isConstant(reached: Reached, definition: Definition): boolean {
  if (definition === reached.definitions[0] || isFunctionNode(definition.node)) return false;
  return !notValues.has(definition.node.type);
}

const notValues: ReadonlySet<string> = new Set(['ClassDeclaration', 'ClassExpression', 'TSEnumDeclaration']);

/** Reasons why a constant may differ between bars: it has state, or a package created it. */
export function constantFindings(
  reached: Reached,
  reports: readonly (PurityReport | undefined)[],
): Finding[] {
  return reached.definitions.flatMap((definition, number) => {
    if (definition === undefined || !isConstant(reached, definition)) return [];
    const executes = executesCode(definition);
    const made = executes ? [...reachableFrom(reached, number)] : [number];
    const findings = made
      .flatMap((one) => reports[one]?.remembering ?? [])
      .filter(({ whenCalled }) => executes || !whenCalled)
      .map(({ finding }) => finding);
    const packages = made.map((one) => reached.packages.get(one)).filter((name) => name !== undefined);
    if (!executes || packages[0] === undefined) return findings;
    return [
      ...findings,
      packageFinding(reached, definition, packages.includes('qmtl') ? 'qmtl' : packages[0]),
    ];
  });
}

function packageFinding(reached: Reached, definition: Definition, packageName: string): Finding {
  const name = definition.binding?.name ?? 'a default export';
  const { module, node } = firstUse(reached, definition);
  if (packageName === 'qmtl') {
    const hint = `add it to the inputs of the node: inputs: { ${name} }, then read view.${name}`;
    return findingAt('E_CAPTURE', module, node, `captures ${name}, which was created by qmtl`, hint);
  }
  const message = `captures ${name}, which was created by the package ${packageName} and may hold state`;
  return findingAt(
    'E_CAPTURE',
    module,
    node,
    message,
    'call the package inside compute, or pass the value through params',
  );
}

/** Whether evaluating the definition calls other code than functions that freeze a value or compute a number. */
function executesCode(definition: Definition): boolean {
  return calls(definition.node);

  function calls(node: Node): boolean {
    if (isFunctionNode(node)) return false;
    if (node.type === 'TaggedTemplateExpression' || node.type === 'NewExpression') return true;
    if (node.type === 'CallExpression' && !isPlain(calledGlobal(definition.module, node.callee))) return true;
    return listChildren(node).some(calls);
  }
}

function isPlain(calledGlobalName: string | undefined): boolean {
  return calledGlobalName === 'Object.freeze' || (calledGlobalName?.startsWith('Math.') ?? false);
}

function reachableFrom(reached: Reached, start: number): Set<number> {
  const found = new Set([start]);
  for (const number of found) {
    for (const next of reached.definitions[number]?.uses.keys() ?? []) found.add(next);
  }
  return found;
}
