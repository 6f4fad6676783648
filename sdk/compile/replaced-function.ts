import type { CapturedValue, CapturedValues } from '../code/code-analysis.js';
import { type ExpectedFunction, placesOfReplaced } from '../code/replaced-functions.js';
import type { HiddenPair } from '../realm/hidden-variables.js';
import { type KnownObjects, placeOfObject } from '../realm/value-shape.js';

/** Says which function of a value is another one in the program than by the source of the value; undefined when none is. */
export function replacedFunction(
  captured: CapturedValues,
  { captured: value, live }: { readonly captured: CapturedValue; readonly live: unknown },
  pairs: readonly HiddenPair[],
  known: KnownObjects,
): string | undefined {
  const says = (pair: HiddenPair, is: string) => {
    const name = value.path.join('.');
    const place = placeOfObject(live, known, pair.live.object);
    const held = place === undefined ? `a function that ${name} keeps` : `${name}${place}`;
    return `captures ${name}, which has another value in the program than in its source: ${held} is ${is}`;
  };
  const other = pairs.flatMap((pair) => {
    const is = isOfOtherKind(captured, pair);
    return is === undefined ? [] : [says(pair, is)];
  });
  if (other[0] !== undefined) return other[0];
  const expected = pairs.flatMap((pair) => expectedOf(captured, pair));
  const places = placesOfReplaced(expected.map(({ one }) => one));
  const at = places.findIndex((place) => place !== undefined);
  const [found, place] = [expected[at], places[at]];
  return found === undefined ? undefined : says(found.pair, `the function at ${place ?? ''}`);
}

/** A bound function, or one of the language, in place of one with source, and the other way round. */
function isOfOtherKind(captured: CapturedValues, { live, expected }: HiddenPair): string | undefined {
  const { source } = expected;
  if (typeof live.object !== 'function' || source.kind === 'other') return undefined;
  const kind = kindOf(live);
  if (kind === source.kind) return undefined;
  // What the closed module adds stands for something else in the program.
  if (source.kind === 'place' && captured.functionAt(source) === undefined) return undefined;
  return kind === 'place' ? 'another function' : `a ${kind} function`;
}

function kindOf({ isBound, location }: HiddenPair['live']): 'bound' | 'native' | 'place' {
  if (isBound) return 'bound';
  return location === undefined ? 'native' : 'place';
}

function expectedOf(
  captured: CapturedValues,
  pair: HiddenPair,
): { readonly pair: HiddenPair; readonly one: ExpectedFunction }[] {
  const { object, location } = pair.live;
  const { source } = pair.expected;
  if (source.kind !== 'place' || location === undefined) return [];
  const expected = captured.functionAt(source);
  const isOwn = expected !== undefined && !expected.file.path.includes('/node_modules/');
  return isOwn ? [{ pair, one: { live: object, location, expected } }] : [];
}
