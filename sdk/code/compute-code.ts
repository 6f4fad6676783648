import { hashModule } from '../../domain/artifacts/node-code.js';
import { Captures } from './captured-values.js';
import { type ChangedConstant, Changes } from './changed-constants.js';
import { type Closure, Definitions, isDivisible } from './closure.js';
import type { ComputeCode, LoadedProject } from './code-analysis.js';
import { configurationFindings } from './configured-packages.js';
import { type DefinitionText, definitionText } from './definition-text.js';
import type { Definition } from './definitions.js';
import { earlyFindings } from './early-reads.js';
import { type FoundFunction, findFunction } from './find-function.js';
import type { Finding } from './finding.js';
import { locateFunctions } from './function-location.js';
import { inputReads } from './input-reads.js';
import { orderFindings } from './load-order.js';
import { LoadedFiles } from './loaded-files.js';
import { moduleText } from './module-text.js';
import { isModule, type Module, Project } from './project.js';
import { SourcePlaces, type TextPosition } from './source-places.js';
import { type FileFault, staleFiles } from './stale-files.js';
import { type FunctionNode, toPlace } from './syntax.js';

/**
 * Makes the closed modules of compute functions, or finds the faults of their code. There is one per place in the source,
 * however many functions were created there; results are in the order of the functions.
 */
export function computeCodes(functions: readonly object[], files: LoadedProject = noFiles): ComputeCode[] {
  const loaded = new LoadedFiles(files.texts);
  const printer = new CodePrinter(files.entries);
  const printed = new Map<string, ComputeCode>();
  const locations = locateFunctions(functions);
  return functions.map((compute, index) => {
    const location = locations[index];
    const place = location === undefined ? '' : `${location.script.id}:${location.line}:${location.column}`;
    const known = printed.get(place);
    if (known !== undefined) return known;
    const found = findFunction(printer.project, compute, location, loaded);
    const code = found.ok
      ? printer.codeOf(found.module, found.node, (file, its) => loaded.faultOf(file, found.loading, its))
      : withoutSource(found);
    if (place !== '') printed.set(place, code);
    return code;
  });
}

const noFiles: LoadedProject = { entries: [], texts: new Map() };

/** Prints closed modules of functions by their source. Files are read as written; shared definitions are printed once. */
export class CodePrinter {
  readonly project = new Project();
  readonly #definitions = new Map<string, Definitions>();
  readonly #changes = new Changes(this.project);
  readonly #texts = new Map<Definition, DefinitionText>();
  readonly #entries: readonly Module[];

  constructor(entries: readonly string[] = []) {
    this.#entries = entries.map((path) => this.project.module(path)).filter(isModule);
  }

  /** `faultOf`: says which files are not what was loaded. */
  codeOf(module: Module, root: FunctionNode, faultOf: FileFault = () => undefined): ComputeCode {
    const { closure, changed, modules } = this.#closureOf(module, root);
    const stale = staleFiles(closure, faultOf);
    if (stale.length > 0) return refused(stale);
    const order = orderFindings(this.project, closure, modules);
    const orderPlaces = new Set(order.map(({ place }) => place));
    // Advancing is a change, and its own message says more.
    const others = changed.flatMap(({ finding }) => (orderPlaces.has(finding.place) ? [] : [finding]));
    const configured = configurationFindings(this.project, closure, modules);
    const early = earlyFindings(this.project, closure);
    const findings = [...closure.findings, ...others, ...order, ...early, ...configured];
    const start = () => toPlace(module.file, root.start);
    if (findings.length > 0) return { ...refused(withoutRepeats(findings)), placeOf: start };
    const textOf = (definition: Definition) => this.#textOf(definition);
    const roots = [closure.root];
    const printed = moduleText(roots, textOf);
    const { text, statements } = printed;
    const places = new SourcePlaces(text, statements);
    const placeOf = (position: TextPosition | undefined) =>
      (position === undefined ? undefined : places.placeOf(position)) ?? start();
    const captured = new Captures(roots, new Set(closure.definitions), textOf, printed);
    return {
      digest: hashModule(text),
      text,
      findings: [],
      reads: inputReads(module, root),
      captured,
      placeOf,
    };
  }

  /** Again with more files of packages as a whole, until none of them is changed from outside of its definitions. */
  #closureOf(
    module: Module,
    root: FunctionNode,
  ): {
    readonly closure: Closure;
    readonly changed: readonly ChangedConstant[];
    readonly modules: readonly Module[];
  } {
    const whole = new Set<Module>();
    for (;;) {
      const closure = this.#definitionsWith(whole).closureOf(module, root);
      const used = closure.definitions.flatMap((one) => (one.kind === 'code' ? [one.module] : []));
      const modules = this.project.importedBy([...new Set([...used, ...this.#entries])]);
      const changed = this.#changes.findingsOf(closure, modules);
      const needed = [...closure.wholeFiles, ...changed.flatMap(({ of, by }) => [of, by])];
      const more = needed.filter((one) => isDivisible(one) && !whole.has(one));
      if (more.length === 0) return { closure, changed, modules };
      for (const one of more) whole.add(one);
    }
  }

  /** Definitions are shared by all functions that need the same files as a whole. */
  #definitionsWith(whole: ReadonlySet<Module>): Definitions {
    const key = [...whole]
      .map(({ file }) => file.path)
      .sort()
      .join('\n');
    const known = this.#definitions.get(key) ?? new Definitions(this.project, new Set(whole));
    this.#definitions.set(key, known);
    return known;
  }

  #textOf(definition: Definition): DefinitionText {
    const known = this.#texts.get(definition);
    if (known !== undefined) return known;
    const text = definitionText(definition);
    this.#texts.set(definition, text);
    return text;
  }
}

function refused(findings: readonly Finding[]): ComputeCode {
  return { digest: '', text: '', findings, placeOf: () => '' };
}

/** One entry per place and message; for a captured name only the first place. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.code === 'E_CAPTURE' ? '' : finding.place} ${finding.message}`;
    if (!byKey.has(key)) byKey.set(key, finding);
  }
  return [...byKey.values()];
}

function withoutSource({ reason, hint }: Extract<FoundFunction, { ok: false }>): ComputeCode {
  const message = `the source of the compute function cannot be determined: ${reason}`;
  const finding: Finding = { code: 'E_CAPTURE', place: 'compute', message, hint };
  return refused([finding]);
}
