import type { CapturedValue, CapturedValues, ComputeCode } from '../code/code-analysis.js';
import type { Finding } from '../code/finding.js';
import { realmGlobalNames } from '../code/known-globals.js';
import { functionsIn, LiveScopes, type LiveValue } from '../code/live-scopes.js';
import { type HiddenPair, pairsOf, partInVariable, seen } from '../realm/hidden-variables.js';
import type { ComputedConstants } from '../realm/messages.js';
import { constantsScript } from '../realm/module-constants.js';
import { namedIntrinsics } from '../realm/named-intrinsics.js';
import { constantsAtOnce, constantsMs } from '../realm/realm-threads.js';
import { describeDifference, differingToken } from '../realm/shape-difference.js';
import { firstDifference, type Shared, SharedReferents } from '../realm/shared-referents.js';
import {
  hasOwnMembers,
  type KnownObjects,
  opaqueObjects,
  partInShape,
  type Shape,
} from '../realm/value-shape.js';
import { changedIntrinsics, intrinsicFindings } from './changed-intrinsics.js';
import { agreeingTogether } from './grouped-comparison.js';
import { replacedFunction } from './replaced-function.js';

/** Functions whose constants agreed: what runs leave in them later is judged by the comparison of bars. */
const agreed = new WeakSet<object>();

/**
 * Compares the constants of closed modules, as a realm computes them, with those of the program the functions were loaded by.
 * They differ when something changed a value in a way that the analysis does not see, or when files were loaded in another
 * order than the module has: the id would stand for other numbers than its author expects.
 *
 * Returns the codes, with findings where constants differ.
 */
export function withComparedConstants(
  functions: readonly object[],
  codes: readonly ComputeCode[],
): readonly ComputeCode[] {
  const findings = new Map<ComputeCode, Finding[]>();
  const note = (code: ComputeCode, found: readonly Finding[]) => {
    if (found.length > 0) findings.set(code, [...(findings.get(code) ?? []), ...found]);
  };
  const changed = changedIntrinsics();
  for (const code of new Set(codes)) note(code, intrinsicFindings(code, changed));
  const scopes = new LiveScopes();
  const waiting = waitingOf(functions, codes);
  const rest = notAgreeing(waiting, scopes);
  const comparisons = (rest ?? waiting).flatMap((one) => comparisonOf(one, scopes) ?? []);
  const computed = rest === undefined ? undefined : computedFor(comparisons);
  for (const [index, comparison] of comparisons.entries()) {
    const found = computed === undefined ? tooSlow(comparison) : differences(comparison, computed[index]);
    note(comparison.code, found);
    if (found.length === 0) agreed.add(comparison.compute);
  }
  return codes.map((code) => refusedFor(code, findings.get(code) ?? []));
}

interface Waiting {
  readonly code: ComputeCode;
  readonly compute: object;
  readonly captured: CapturedValues;
}

interface Comparison extends Waiting {
  readonly values: readonly Compared[];
  readonly script: string;
}

interface Compared {
  readonly captured: CapturedValue;
  readonly live: unknown;
}

/** One for each code that is not known to agree. */
function waitingOf(functions: readonly object[], codes: readonly ComputeCode[]): Waiting[] {
  const known = new Set<ComputeCode>();
  return codes.flatMap((code, index) => {
    const compute = functions[index];
    const { captured } = code;
    if (captured === undefined || compute === undefined || known.has(code) || agreed.has(compute)) return [];
    known.add(code);
    return [{ code, compute, captured }];
  });
}

/** Those that do not agree together with others; undefined when it takes too long. */
function notAgreeing(waiting: readonly Waiting[], scopes: LiveScopes): readonly Waiting[] | undefined {
  const byCaptured = new Map(waiting.map((one) => [one.captured, one]));
  const agreeing = agreeingTogether([...byCaptured.keys()], (groups) => {
    const asked = groups.flatMap((group) => {
      const first = group.members.map((one) => byCaptured.get(one)).find((one) => one !== undefined);
      const comparison =
        first === undefined ? undefined : comparisonOf({ ...first, captured: group.captured }, scopes);
      return comparison === undefined ? [] : [{ group, comparison }];
    });
    return computedFor(asked.map(({ comparison }) => comparison))?.flatMap((computed, index) => {
      const one = asked[index];
      if (one === undefined || computed.kind === 'failed') return [];
      const agrees = differences(one.comparison, computed).length === 0;
      return [{ group: one.group, agrees, renewed: computed.renewed }];
    });
  });
  const rest = waiting.filter(({ captured }) => agreeing?.has(captured) !== true);
  for (const { captured, compute } of waiting) if (agreeing?.has(captured) === true) agreed.add(compute);
  return agreeing === undefined ? undefined : rest;
}

/** Undefined when they take too long. */
function computedFor(comparisons: readonly Comparison[]): readonly ComputedConstants[] | undefined {
  return comparisons.length === 0 ? [] : constantsAtOnce(comparisons.map(({ script }) => ({ text: script })));
}

/** Undefined when there is nothing to compare. */
function comparisonOf(waiting: Waiting, scopes: LiveScopes): Comparison | undefined {
  const { captured, compute } = waiting;
  if (captured.values.length === 0) return undefined;
  if (!scopes.has(captured.file)) scopes.addOf(captured.file, compute);
  const values = comparable(captured, scopes);
  if (values.length === 0) return undefined;
  return { ...waiting, values, script: captured.scriptOf(values.map((one) => one.captured)) };
}

/** Values whose file is loaded with functions that can be found. */
function comparable({ values }: CapturedValues, scopes: LiveScopes): Compared[] {
  const live = new Map<CapturedValue, LiveValue>();
  const missing = new Set(values);
  const searched = new Set<object>();
  for (let count = -1; count !== missing.size; ) {
    count = missing.size;
    for (const captured of missing) {
      const found = scopes.valueOf(captured);
      if (found === undefined) continue;
      live.set(captured, found);
      missing.delete(captured);
    }
    const files = new Set([...missing].map(({ file }) => file).filter((file) => !scopes.has(file)));
    if (files.size === 0) continue;
    const functions = [...live.values()].flatMap(({ value }) => functionsIn(value));
    scopes.add(functions.filter((one) => !searched.has(one)));
    for (const one of functions) searched.add(one);
  }
  return [...live]
    .filter(([{ isFunction }, { value }]) => !isFunction || hasMembers(value))
    .map(([captured, { value }]) => ({ captured, live: value }));
}

/** Whether a program added something to a function, whose code is that of the closed module otherwise. */
function hasMembers(value: unknown): boolean {
  if (typeof value !== 'function') return true;
  const base: unknown = Reflect.getPrototypeOf(value);
  return hasOwnMembers(value) || (typeof base === 'function' && base !== Function.prototype);
}

const intrinsics = namedIntrinsics(realmGlobalNames, (name) => Reflect.get(globalThis, name));

function differences(comparison: Comparison, computed: ComputedConstants | undefined): Finding[] {
  if (computed?.kind === 'failed') return [failed(comparison, computed)];
  const packaged = comparison.values.filter(({ captured }) => captured.isOfPackage);
  const known: Known = {
    intrinsics,
    namespaces: new Set<object>(),
    opaque: opaqueObjects(packaged.map(({ live }) => live)),
    isOfModule: (names) => names.some((name) => comparison.captured.declares(name) || ofCommonJs.has(name)),
  };
  const referents = new SharedReferents();
  const found = comparison.values.flatMap((one, index) => {
    // What packages define depends on the platform.
    const expected = one.captured.isOfPackage ? undefined : computed?.values[index];
    if (expected === undefined) return [];
    const is = seen(one.live, known, known.isOfModule, { onReferent: referents.of(index) });
    const pairs = pairsOf(is.objects, expected.hidden);
    const difference =
      differenceOf(one, is.shape, expected.shape, known) ??
      replacedFunction(comparison.captured, one, pairs, known) ??
      keptDifference(one, pairs, known);
    return difference === undefined ? [] : [one.captured.refusal(difference, differsHint)];
  });
  return found.length > 0 ? found : sharedDifference(comparison, referents.shared, computed?.shared ?? []);
}

interface Known extends KnownObjects {
  /** Whether a scope with these names is that of a file. */
  readonly isOfModule: (names: readonly string[]) => boolean;
}

/** Equal values may be of one object in the program, and of two in the closed module. */
function sharedDifference(
  { values }: Comparison,
  shared: readonly Shared[],
  expected: readonly Shared[],
): Finding[] {
  const [at = -1, , earlier = -1] = firstDifference(shared, expected) ?? [];
  const [one, other] = [values[at]?.captured, values[earlier]?.captured];
  if (one === undefined || other === undefined) return [];
  const [name, named] = [one.path.join('.'), other.path.join('.')];
  const message = `captures ${name}, which has other objects in common with ${named} in the program than by its source`;
  return [one.refusal(message, differsHint)];
}

function failed(
  { code }: Comparison,
  { thrown, places }: Extract<ComputedConstants, { kind: 'failed' }>,
): Finding {
  return {
    code: 'E_CAPTURE',
    place: code.placeOf(places.find(({ file }) => file === constantsScript)),
    message: `a constant of compute cannot be computed by itself: ${thrown}`,
    hint: 'a constant may not change another one, and has only what the language and its packages define',
  };
}

function differenceOf(
  { captured, live }: Compared,
  found: Shape,
  expected: Shape,
  known: KnownObjects,
): string | undefined {
  const token = differingToken(found, expected);
  if (token === undefined) return undefined;
  const name = captured.path.join('.');
  const part = partInShape(live, known, token);
  const difference = describeDifference(found, expected, { token, part, place: `${name}${part.place}` });
  return `captures ${name}, which has another value in the program than in its source: ${difference}`;
}

/** What calls that were made when the program was loaded left in functions and instances. */
function keptDifference(
  { captured, live }: Compared,
  pairs: readonly HiddenPair[],
  known: Known,
): string | undefined {
  const different = pairs.find((one) => one.different !== undefined)?.different;
  if (different === undefined) return undefined;
  const { variable, expected } = different;
  const token = differingToken(variable.shape, expected) ?? 0;
  const part = partInVariable(live, known, known.isOfModule, { number: variable.number, token });
  const place = `${variable.name}${part.place}`;
  const says = describeDifference(variable.shape, expected, { token, part, place });
  return `captures ${captured.path.join('.')}, which keeps other variables or private members in the program than its source gives it: ${says}`;
}

/** What Node gives to a CommonJS file. */
const ofCommonJs: ReadonlySet<string> = new Set(['module', 'exports', 'require', '__filename', '__dirname']);

const differsHint =
  'give it its whole value where it is declared: nothing may change it later, and it must not depend on the order in which values are read and files are loaded';

function tooSlow({ values: [first] }: Comparison): Finding[] {
  if (first === undefined) return [];
  const message = `captures constants that take longer than ${constantsMs / 1000} s to compute`;
  return [first.captured.refusal(message, 'compute them beforehand, and import them as JSON')];
}

function refusedFor(code: ComputeCode, findings: readonly Finding[]): ComputeCode {
  return findings.length === 0 ? code : { digest: '', text: '', findings, placeOf: code.placeOf };
}
