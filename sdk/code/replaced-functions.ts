import type { CodeLocation } from '../../std/node/debugger-view.js';
import { type Scripts, withScripts } from './function-location.js';
import { nodesAround, originalPlace, type Place } from './original-place.js';
import { functionsIn, type SourceFunction } from './source-places.js';
import { parseSource, shownPath, toPlace } from './syntax.js';

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
  const running = Function.prototype.toString.call(live);
  const place = placeOf(running, location, scripts);
  if (place === undefined) return undefined;
  if (place.path !== file.path) return shownPath(place.path);
  const around = functionsIn(nodesAround(file.program, ...rangeOf(place.offsets(file.text))));
  // Its tokens may all be those of functions within it, as of `() => () => 5`.
  const written = around[around.length - 1 - functionsWithin(running, place.running)];
  return written === undefined || written === node ? undefined : toPlace(file, written.start);
}

/** From the first token on: what compilers add is mapped to something before the function. */
function rangeOf(offsets: readonly number[]): readonly [first: number, last: number] {
  const [first = -1] = offsets;
  let last = first;
  for (const offset of offsets) if (offset > last) last = offset;
  return [first, last];
}

/** How many functions within a function contain all of some tokens. */
function functionsWithin(running: string, tokens: readonly number[]): number {
  if (tokens.length === 0) return 0;
  const [first, last] = rangeOf(tokens);
  for (const [before, after, added] of wrappings) {
    const source = parseSource('compiled.js', `${before}${running}${after}`);
    if (!source.ok) continue;
    const around = nodesAround(source.file.program, before.length + first, before.length + last);
    return Math.max(0, functionsIn(around).length - 1 - added);
  }
  return 0;
}

/** The text of a function is an expression, a method of an object or one of a class. The last: how many classes that adds. */
const wrappings = [
  ['(', ')', 0],
  ['({', '})', 0],
  ['(class{', '})', 1],
] as const;

/** Undefined also for what a compiler added, which no entry of its source map leads to. */
function placeOf(
  running: string,
  { scriptId, line, column }: CodeLocation,
  scripts: Scripts,
): Place | undefined {
  const script = scripts.script(scriptId);
  if (script === undefined) return undefined;
  const place = originalPlace({ script, line, column }, running);
  return place?.isMapped === (script.sourceMap !== undefined) ? place : undefined;
}
