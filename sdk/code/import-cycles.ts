import type { Closure } from './closure.js';
import { type CodeDefinition, type Definition, isFunctionDefinition } from './definitions.js';
import { compiledEnum } from './enums.js';
import { type Finding, findingAt } from './finding.js';
import type { Module, Project } from './project.js';

/**
 * Constants that read a `var` of a file that imports theirs. It may be undefined at that time, which depends on the file that
 * the program begins with; of other declarations the language refuses to read one too early.
 */
export function cycleFindings(project: Project, { definitions }: Closure): Finding[] {
  return definitions.flatMap((reader) => {
    if (reader.kind !== 'code' || reader.module.isPackage || isFunctionDefinition(reader)) return [];
    const early = readByItself(reader).find(
      (one) => isVar(one) && one.module !== reader.module && isCycle(project, reader.module, one.module),
    );
    if (early === undefined) return [];
    const { module, node } = reader.uses.get(early) ?? reader;
    const name = early.binding?.name ?? 'a var variable';
    const message = `reads ${name}, a var variable of a file that imports this one, maybe before it has its value`;
    return [findingAt('E_CAPTURE', module, node, message, cycleHint)];
  });
}

const cycleHint = 'declare it with const, or move it to a file that does not import this one';

/** What the evaluation of a definition may read, also in functions. */
function readByItself(reader: CodeDefinition): CodeDefinition[] {
  const seen = new Set<Definition>(reader.uses.keys());
  for (const one of seen) {
    if (isFunctionDefinition(one)) for (const used of one.uses.keys()) seen.add(used);
  }
  return [...seen].flatMap((one) => (one.kind === 'code' ? [one] : []));
}

function isVar({ module, node, binding }: CodeDefinition): boolean {
  if (binding !== undefined) return binding.kind === 'var' && compiledEnum(module, binding) === undefined;
  const parent = module.scopes.parentOf(node);
  return (
    node.type === 'VariableDeclarator' && parent?.type === 'VariableDeclaration' && parent.kind === 'var'
  );
}

function isCycle(project: Project, one: Module, other: Module): boolean {
  return project.importedBy([one]).includes(other) && project.importedBy([other]).includes(one);
}
