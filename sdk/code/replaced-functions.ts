import type { CodeLocation } from '../../std/node/debugger-view.js';
import { type Scripts, withScripts } from './function-location.js';
import { nodesAround, originalPlace, type Place } from './original-place.js';
import { functionIn, type SourceFunction } from './source-places.js';
import { shownPath, toPlace } from './syntax.js';

/** A function of the program, where the engine has it, and the code that stands in its place in the closed module. */
export interface ExpectedFunction {
  readonly live: object;
  readonly location: CodeLocation;
  readonly expected: SourceFunction;
}

/**
 * Says for each function where it was written, when that is another place than is expected: something put it there in a way
 * that the analysis does not see. Undefined for the others, and where the engine or a source map does not lead to one place.
 */
export function placesOfReplaced(functions: readonly ExpectedFunction[]): (string | undefined)[] {
  if (functions.length === 0) return [];
  return withScripts((scripts) => {
    const known = new Map<string, string | undefined>();
    return functions.map((one) => {
      const { location, expected } = one;
      const place = `${location.scriptId}:${location.line}:${location.column}`;
      const key = `${place} ${expected.node.start} ${expected.file.path}`;
      if (!known.has(key)) known.set(key, otherPlaceOf(one, scripts));
      return known.get(key);
    });
  });
}

function otherPlaceOf({ live, location, expected }: ExpectedFunction, scripts: Scripts): string | undefined {
  const { file, node } = expected;
  const place = placeOf(live, location, scripts);
  if (place === undefined) return undefined;
  if (place.path !== file.path) return shownPath(place.path);
  const offsets = place.offsets(file.text);
  const [first = -1] = offsets;
  const last = Math.max(...offsets.filter((offset) => offset >= first));
  const written = functionIn(nodesAround(file.program, first, last));
  return written === undefined || written === node ? undefined : toPlace(file, written.start);
}

/** Undefined also for what a compiler added, which no entry of its source map leads to. */
function placeOf(
  live: object,
  { scriptId, line, column }: CodeLocation,
  scripts: Scripts,
): Place | undefined {
  const script = scripts.script(scriptId);
  if (script === undefined) return undefined;
  const place = originalPlace({ script, line, column }, Function.prototype.toString.call(live));
  return place?.isMapped === (script.sourceMap !== undefined) ? place : undefined;
}
