import { viewObjects } from '../../std/node/debugger-view.js';
import { describeThrown, isObject } from '../nodes/foreign-value.js';
import { type HiddenObject, seen } from './hidden-variables.js';
import type { ComputedConstants, HiddenParts, ModuleConstants } from './messages.js';
import { evaluateScript, type MadeByScript } from './module-instance.js';
import { namedIntrinsics } from './named-intrinsics.js';
import type { RealmGlobals } from './realm.js';
import { SharedReferents } from './shared-referents.js';
import { placesOf } from './tamed-globals.js';
import { type KnownObjects, opaqueObjects } from './value-shape.js';

/** The name of the script that gives constants, in the places of errors. */
export const constantsScript = 'constants';

/** The constants of closed modules, as this realm computes them. */
export function computeConstants(
  modules: readonly ModuleConstants[],
  globals: RealmGlobals,
): readonly ComputedConstants[] {
  const intrinsics = namedIntrinsics(Object.keys(globals), (name) => globals[name]);
  return modules.map(({ text }) => {
    const evaluation = evaluated(text, globals);
    return evaluation.kind === 'failed'
      ? evaluation
      : { kind: 'computed', ...computedOf(evaluation, intrinsics) };
  });
}

type Evaluated = ({ readonly kind: 'made' } & MadeByScript) | Extract<ComputedConstants, { kind: 'failed' }>;

function evaluated(text: string, globals: RealmGlobals): Evaluated {
  try {
    return { kind: 'made', ...evaluateScript(text, globals, constantsScript) };
  } catch (thrown) {
    return { kind: 'failed', thrown: describeThrown(thrown), places: placesOf(thrown) };
  }
}

function computedOf(
  { value: made, module, renewed }: MadeByScript,
  intrinsics: KnownObjects['intrinsics'],
): Omit<Extract<ComputedConstants, { kind: 'computed' }>, 'kind'> {
  const [values = [], namespaces = [], modules = [], packaged = []] = lists(made);
  const known = {
    intrinsics,
    namespaces: new Set(namespaces.filter(isObject)),
    opaque: opaqueObjects([...modules, ...packaged]),
  };
  const referents = new SharedReferents();
  const found = values.map((value, index) =>
    seen(value, known, isOfClosedModule, { onReferent: referents.of(index) }),
  );
  const script = found.some(({ objects }) => objects.length > 0) ? scriptOf(module) : undefined;
  const computed = found.map(({ shape, objects }) => ({
    shape,
    hidden: objects.map((round) => round.map((one) => partsOf(one, script))),
  }));
  return { values: computed, shared: referents.shared, renewed };
}

/** The id of the script of a function. */
function scriptOf(made: object): string | undefined {
  let id: string | undefined;
  viewObjects([made], (_index, view) => {
    id = view.location()?.scriptId;
  });
  return id;
}

/** `script`: the one whose functions come from the author's. */
function partsOf(
  { object, location, isBound, variables: kept }: HiddenObject,
  script: string | undefined,
): HiddenParts {
  const variables = kept.map(({ shape }) => shape);
  if (isBound) return { source: { kind: 'bound' }, variables };
  if (location !== undefined && location.scriptId === script)
    return { source: { kind: 'place', line: location.line, column: location.column }, variables };
  const isNative = location === undefined && typeof object === 'function';
  return { source: { kind: isNative ? 'native' : 'other' }, variables };
}

/** The names of definitions and of what a module is given, beside which it has no variables. */
function isOfClosedModule(names: readonly string[]): boolean {
  return names.some((name) => !/^v\d+$/.test(name));
}

function lists(made: unknown): (readonly unknown[])[] {
  if (Array.isArray(made) && made.length === 4 && made.every(Array.isArray)) return made;
  throw new TypeError('the script returns no constants');
}
