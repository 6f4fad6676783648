import { describeThrown, isObject } from '../nodes/foreign-value.js';
import type { ComputedConstants, ModuleConstants } from './messages.js';
import { evaluateScript } from './module-instance.js';
import { namedIntrinsics } from './named-intrinsics.js';
import type { RealmGlobals } from './realm.js';
import { placesOf } from './tamed-globals.js';
import { type KnownObjects, opaqueObjects, type Shape, shapeOf } from './value-shape.js';

/** The name of the script that gives constants, in the places of errors. */
export const constantsScript = 'constants';

/** The constants of closed modules, as this realm computes them. */
export function computeConstants(
  modules: readonly ModuleConstants[],
  globals: RealmGlobals,
): readonly ComputedConstants[] {
  const intrinsics = namedIntrinsics(Object.keys(globals), (name) => globals[name]);
  return modules.map(({ text }) => {
    try {
      return {
        kind: 'computed',
        shapes: shapesOf(evaluateScript(text, globals, constantsScript), intrinsics),
      };
    } catch (thrown) {
      return { kind: 'failed', thrown: describeThrown(thrown), places: placesOf(thrown) };
    }
  });
}

function shapesOf(made: unknown, intrinsics: KnownObjects['intrinsics']): Shape[] {
  const [values = [], namespaces = [], modules = [], packaged = []] = lists(made);
  const known = {
    intrinsics,
    namespaces: new Set(namespaces.filter(isObject)),
    opaque: opaqueObjects([...modules, ...packaged]),
  };
  return values.map((value) => shapeOf(value, known));
}

function lists(made: unknown): (readonly unknown[])[] {
  if (Array.isArray(made) && made.length === 4 && made.every(Array.isArray)) return made;
  throw new TypeError('the script returns no constants');
}
