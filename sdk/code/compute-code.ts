import { blake3Hex } from '../../domain/base/blake3.js';
import { columnSemantics } from '../nodes/column.js';
import { constantFindings } from './constants.js';
import { escapeFindings } from './escapes.js';
import { findFunction } from './find-function.js';
import type { Finding } from './finding.js';
import { locateFunctions } from './function-location.js';
import { isModule, type Module, Project } from './project.js';
import { checkPurity } from './purity.js';
import { reach } from './reach.js';
import type { FunctionNode } from './syntax.js';

/** The analysis of one compute function. */
export interface ComputeCode {
  /** `blake3:` and 64 hex digits: the hash of the canonical text of all code it reaches. */
  readonly digest: string;
  readonly findings: readonly Finding[];
}

/**
 * Analyses compute functions: hashes their code, and finds its faults. There is one analysis per place in the source, however
 * many functions were created there; results are in the order of the functions.
 *
 * `entries`: further files loaded with the strategy, which are searched for code that changes captured constants.
 */
export function computeCodes(functions: readonly object[], entries: readonly string[] = []): ComputeCode[] {
  const project = new Project();
  const analysed = new Map<string, ComputeCode>();
  const locations = locateFunctions(functions);
  return functions.map((compute, index) => {
    const location = locations[index];
    const place = location === undefined ? '' : `${location.script.id}:${location.line}:${location.column}`;
    const known = analysed.get(place);
    if (known !== undefined) return known;
    const found = findFunction(project, compute, location);
    const code = found.ok
      ? analyseFunction(project, found.module, found.node, entries)
      : withoutSource(found.reason);
    if (place !== '') analysed.set(place, code);
    return code;
  });
}

/**
 * Analyses the code of one function by its source.
 *
 * Project files are read as written. Packages are not analysed (they count by name and version, with all their dependencies),
 * names computed at run time are not followed (`table[name]()`), and changes to constants are found only in the files of the
 * functions, in `entries`, and in the files that these import.
 */
export function analyseFunction(
  project: Project,
  module: Module,
  root: FunctionNode,
  entries: readonly string[] = [],
): ComputeCode {
  const reached = reach(project, module, root);
  const reports = reached.definitions.map((one) => (one === undefined ? undefined : checkPurity(one)));
  const starts = [
    ...reached.definitions.map((one) => one?.module),
    ...entries.map((path) => project.module(path)),
  ];
  const modules = project.importedBy(starts.filter((one) => one !== undefined && isModule(one)));
  const findings = [
    ...reached.findings,
    ...reports.flatMap((report) => report?.findings ?? []),
    ...constantFindings(reached, reports),
    ...escapeFindings(project, reached, modules),
  ];
  const text = JSON.stringify([codeHashForm, columnSemantics, ...reached.texts]);
  return { digest: `blake3:${blake3Hex(text)}`, findings: withoutRepeats(findings) };
}

/** Raise it when the canonical text of any code changes; it changes all code hashes. */
const codeHashForm = 'qmtl-code/1';

/** One entry per place and message; for a captured name only the first place. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.code === 'E_CAPTURE' ? '' : finding.place} ${finding.message}`;
    if (!byKey.has(key)) byKey.set(key, finding);
  }
  return [...byKey.values()];
}

function withoutSource(reason: string): ComputeCode {
  const finding: Finding = {
    code: 'E_CAPTURE',
    place: 'compute',
    message: `the source of the compute function cannot be determined: ${reason}`,
    hint: 'write compute as a function in a .ts or .js file that is loaded by Node, tsx or vitest',
  };
  return { digest: '', findings: [finding] };
}
