import { describeThrown, isObject } from '../nodes/foreign-value.js';
import { hiddenShapes, seen } from './hidden-variables.js';
import type { ComputedConstants, ComputedValue, ModuleConstants } from './messages.js';
import { evaluateScript, type MadeByScript } from './module-instance.js';
import { namedIntrinsics } from './named-intrinsics.js';
import type { RealmGlobals } from './realm.js';
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
    const made = evaluated(text, globals);
    if (made.kind === 'failed') return made;
    return { kind: 'computed', values: valuesOf(made.value, intrinsics), renewed: made.renewed };
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

function valuesOf(made: unknown, intrinsics: KnownObjects['intrinsics']): ComputedValue[] {
  const [values = [], namespaces = [], modules = [], packaged = []] = lists(made);
  const known = {
    intrinsics,
    namespaces: new Set(namespaces.filter(isObject)),
    opaque: opaqueObjects([...modules, ...packaged]),
  };
  return values.map((value) => {
    const one = seen(value, known);
    return { shape: one.shape, hidden: hiddenShapes(one, known, isOfClosedModule) };
  });
}

/** The names of definitions and of what a module is given, beside which it has no variables. */
function isOfClosedModule(names: readonly string[]): boolean {
  return names.some((name) => !/^v\d+$/.test(name));
}

function lists(made: unknown): (readonly unknown[])[] {
  if (Array.isArray(made) && made.length === 4 && made.every(Array.isArray)) return made;
  throw new TypeError('the script returns no constants');
}
